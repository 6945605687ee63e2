import { TokenError } from '../auth/token-error.ts';
import { AuditError, type ErrorCode, messageOf } from '../errors.ts';
import type { Refusal } from '../registry/registry-client.ts';
import type { ReadError } from '../report/snapshot.ts';

const STATUS_CODES: Record<number, string> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NOT_FOUND',
  429: 'TOOMANYREQUESTS',
};

/** A refusal as an error of the repository: the registry's own code and words where it had any. */
export function errorOfRefusal(refusal: Refusal, attempted: string, tags?: readonly string[]): ReadError {
  const code = refusal.code ?? STATUS_CODES[refusal.status] ?? `HTTP_${refusal.status}`;
  return {
    code,
    status: refusal.status,
    message: `could not ${attempted}: ${refusal.message}`,
    hint: hintFor(refusal.status),
    ...(tags !== undefined && { tags }),
  };
}

/** What stands for everything that an interrupted run did not come to read. */
export const INTERRUPTED: ReadError = {
  code: 'INTERRUPTED',
  status: null,
  message: 'the run was interrupted before this was read',
  hint: 'Run again; what was read so far is in this report.',
};

/**
 * A thrown error as an error of the repository. An interruption is one too, so that what was read before it
 * stays in the report. What is not one of our errors is a defect and is thrown on.
 */
export function errorOfFault(
  fault: unknown,
  signal: AbortSignal | undefined,
  tags?: readonly string[],
): ReadError {
  if (signal?.aborted) return tags === undefined ? INTERRUPTED : { ...INTERRUPTED, tags };
  if (!(fault instanceof AuditError)) throw fault;
  const hint = fault.hint ?? FAULT_HINTS[fault.code];
  return {
    code: fault.code,
    status: fault instanceof TokenError ? fault.detail.status : null,
    message: messageOf(fault),
    ...(hint !== undefined && { hint }),
    ...(tags !== undefined && { tags }),
  };
}

/** The next step where the fault itself names none: nobody is left alone with what could not be read. */
const FAULT_HINTS: Partial<Record<ErrorCode, string>> = {
  BODY_TRUNCATED: 'Look at the link to the site and at any proxy in front of the registry, and run again.',
  BODY_TOO_LARGE: 'No registry gives as much here: check the URL and any proxy in front of it.',
  PROTOCOL: 'Is this the registry, or something in front of it? Check the URL and any proxy.',
  UNREACHABLE: 'Check the URL, the network and any proxy in front of the registry, and run again.',
};

function hintFor(status: number): string {
  switch (status) {
    case 401:
      return 'Check the credential of this site and that it may pull this repository: --primary-username with --primary-password-file, --primary-token-file or --primary-gitlab-key, for the other site with --secondary.';
    case 403:
      return 'Check the credential of this site and that it may pull this repository.';
    case 404:
      return 'The answer is not the registry\'s "unknown repository": check the URL and any proxy in front.';
    case 408:
      return "Look at the registry's load and at any proxy in front of it, and run again.";
    case 429:
      return 'The registry throttles: lower --concurrency or set --rate.';
    default:
      return status >= 500
        ? "Look at the registry's log and load, and at any proxy in front of it, and run again."
        : 'A registry does not answer so: check the URL and any proxy in front of it.';
  }
}
