import { isTemporaryStatus } from '../http/retry-policy.ts';
import { ping } from '../registry/ping.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { ReadError } from '../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from './read-failure.ts';

/**
 * Asks the site itself, `/v2/`, after it said something of tags that may not be about them, or nothing at all.
 *
 * @param maxRetries fewer than usual, for one that is asked again anyway
 * @returns null while it is well
 */
export async function siteFaultOf(
  client: RegistryClient,
  signal: AbortSignal | undefined,
  maxRetries?: number,
): Promise<ReadError | null> {
  try {
    const answer = await ping(client, { signal, ...(maxRetries !== undefined && { maxRetries }) });
    return answer.kind === 'ok'
      ? null
      : errorOfRefusal(answer.refusal, 'reach the registry after it answered tags with 5xx or not at all');
  } catch (fault) {
    return errorOfFault(fault, signal);
  }
}

const NO_ANSWER = new Set(['UNREACHABLE', 'TIMEOUT', 'BODY_TRUNCATED']);

/** Whether an error is such as a site gives that is gone: no answer at all, or 5xx. One of rights is not. */
export function isAbsence({ code, status }: ReadError): boolean {
  return status === null ? NO_ANSWER.has(code) : status >= 500;
}

/** Whether all retries were spent on an error: what else is asked may cost as much, and give as little. */
export function isSpent(error: ReadError): boolean {
  return isAbsence(error) && (error.status === null || isTemporaryStatus(error.status));
}
