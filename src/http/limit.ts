import type { HostLimiter } from './host-limiter.ts';
import { type HttpResponse, hasWholeBody, type SendWrapper } from './message.ts';

/**
 * Lets a request pass when the limiter says so, and holds its place until the response's body is done with.
 * Where the body is there already (`hasWholeBody`) the place is free at once: whoever answers a 401 with a
 * token request must not hold a place while that request waits for one.
 */
export function limitRequests(limiter: HostLimiter): SendWrapper {
  return (next) => async (request) => {
    const release = await limiter.acquire(request.signal);
    let response: HttpResponse;
    try {
      response = await next(request);
    } catch (error) {
      release();
      throw error;
    }
    if (hasWholeBody(request, response.status)) {
      release();
      return response;
    }
    return {
      ...response,
      bytes: (limit) => response.bytes(limit).finally(release),
      discard: () => response.discard().finally(release),
      stream: () => response.stream().once('close', release),
    };
  };
}
