import { TransportError } from '../errors.ts';
import type { HttpRequest } from './message.ts';
import { redactUrl } from './redact-url.ts';
import { type FlagNamer, transportFault } from './transport-fault.ts';

/** What a request was, in words for its faults: made only when there is one, since they cost more than the request. */
function wordsFor(request: HttpRequest): string {
  return `${request.purpose} (${request.method} ${redactUrl(request.url)})`;
}

/** What to throw for an error of undici: the aborter's reason, which is no fault of the connection, or the fault. */
export function faultOf(request: HttpRequest, error: unknown, flag: FlagNamer): unknown {
  return request.signal?.aborted ? request.signal.reason : transportFault(error, wordsFor(request), flag);
}

/** What to throw for an error that came after the headers, when `length` bytes of the body were there. */
export function bodyFaultOf(request: HttpRequest, error: unknown, length: number, flag: FlagNamer): unknown {
  const fault = faultOf(request, error, flag);
  // What broke after the headers is no question of the right URL any more.
  if (!(fault instanceof TransportError) || !/^(?:UNREACHABLE|PROTOCOL)$/.test(fault.code)) return fault;
  const message = `could not ${wordsFor(request)}: the body broke off after ${length} bytes`;
  return new TransportError('BODY_TRUNCATED', message, { cause: error });
}

/** A body over its limit. */
export function tooLarge(request: HttpRequest, limit: number): TransportError {
  return new TransportError(
    'BODY_TOO_LARGE',
    `could not ${wordsFor(request)}: the body is over ${limit} bytes`,
  );
}

/** A body that drips. */
export function tooSlow(request: HttpRequest): TransportError {
  return new TransportError('TIMEOUT', `could not ${wordsFor(request)}: the body came too slowly`, {
    hint: 'Raise --timeout, or look at the link to the site.',
  });
}
