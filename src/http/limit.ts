import { TransportError } from '../errors.ts';
import type { HostLimiter } from './host-limiter.ts';
import { type HttpRequest, type HttpResponse, hasWholeBody, type Send, type SendWrapper } from './message.ts';
import { isStaleConnection } from './whole-exchange.ts';

/** Statuses by which a site says that it is asked too much. */
const TOO_MUCH = new Set([429, 503]);
/** Faults by which a site, or the way there, shows it. */
const OVERRUN = new Set(['TIMEOUT', 'UNREACHABLE', 'PROTOCOL']);

/**
 * Lets a request pass when the limiter says so, and holds its place until the response's body is done with.
 * Where the body is there already (`hasWholeBody`) the place is free at once: whoever answers a 401 with a
 * token request must not hold a place while that request waits for one. What the answer says of the site's
 * load is told to the limiter.
 */
export function limitRequests(limiter: HostLimiter): SendWrapper {
  return (next) => (request) => {
    if (!request.signal?.aborted && limiter.tryEnter()) return sendAndLeave(next, request, limiter);
    return limiter.enter(request.signal).then(() => sendAndLeave(next, request, limiter));
  };
}

function sendAndLeave(next: Send, request: HttpRequest, limiter: HostLimiter): Promise<HttpResponse> {
  const era = limiter.era();
  return next(request).then(
    (response) => {
      if (TOO_MUCH.has(response.status)) limiter.trouble(era);
      if (!hasWholeBody(request, response.status)) return leavingAtEnd(response, limiter);
      // An upload takes as long as its content is large.
      limiter.leave(request.body === undefined);
      return response;
    },
    (error) => {
      const isOverrun = error instanceof TransportError && OVERRUN.has(error.code);
      if (isOverrun && !isStaleConnection(error)) limiter.trouble(era);
      limiter.leave(false);
      throw error;
    },
  );
}

function leavingAtEnd(response: HttpResponse, limiter: HostLimiter): HttpResponse {
  let hasLeft = false;
  const leave = () => {
    // A body that is discarded after it broke ends twice.
    if (!hasLeft) limiter.leave(false);
    hasLeft = true;
  };
  return {
    status: response.status,
    url: response.url,
    header: (name) => response.header(name),
    bytes: (limit) => response.bytes(limit).finally(leave),
    discard: () => response.discard().finally(leave),
    stream: () => response.stream().once('close', leave),
  };
}
