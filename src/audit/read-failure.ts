import { TokenError } from '../auth/token-error.ts';
import { AuditError, messageOf } from '../errors.ts';
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
  const hint = hintFor(refusal.status);
  return {
    code,
    status: refusal.status,
    message: `could not ${attempted}: ${refusal.message}`,
    ...(hint !== undefined && { hint }),
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
  return {
    code: fault.code,
    status: fault instanceof TokenError ? fault.detail.status : null,
    message: messageOf(fault),
    ...(fault.hint !== undefined && { hint: fault.hint }),
    ...(tags !== undefined && { tags }),
  };
}

function hintFor(status: number): string | undefined {
  switch (status) {
    case 401:
      return 'Check the credential of this site and that it may pull this repository: --primary-username with --primary-password-file, --primary-token-file or --primary-gitlab-key, for the other site with --secondary.';
    case 403:
      return 'Check the credential of this site and that it may pull this repository.';
    case 404:
      return 'The answer is not the registry\'s "unknown repository": check the URL and any proxy in front.';
    case 429:
      return 'The registry throttles: lower --concurrency or set --rate.';
    default:
      return undefined;
  }
}
