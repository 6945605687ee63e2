import type { HostLimiter } from './host-limiter.ts';
import { type HttpRequest, type HttpResponse, hasWholeBody, type Send, type SendWrapper } from './message.ts';

/**
 * Lets a request pass when the limiter says so, and holds its place until the response's body is done with.
 * Where the body is there already (`hasWholeBody`) the place is free at once: whoever answers a 401 with a
 * token request must not hold a place while that request waits for one.
 */
export function limitRequests(limiter: HostLimiter): SendWrapper {
  return (next) => (request) => {
    if (!request.signal?.aborted && limiter.tryEnter()) return sendAndLeave(next, request, limiter.leave);
    return limiter.acquire(request.signal).then((release) => sendAndLeave(next, request, release));
  };
}

function sendAndLeave(next: Send, request: HttpRequest, leave: () => void): Promise<HttpResponse> {
  return next(request).then(
    (response) => {
      if (!hasWholeBody(request, response.status)) return leavingAtEnd(response, leave);
      leave();
      return response;
    },
    (error) => {
      leave();
      throw error;
    },
  );
}

function leavingAtEnd(response: HttpResponse, leave: () => void): HttpResponse {
  return {
    status: response.status,
    url: response.url,
    header: (name) => response.header(name),
    bytes: (limit) => response.bytes(limit).finally(leave),
    discard: () => response.discard().finally(leave),
    stream: () => response.stream().once('close', leave),
  };
}
