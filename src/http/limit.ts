import type { HostLimiter } from './host-limiter.ts';
import type { HttpResponse, SendWrapper } from './message.ts';

/** Lets a request pass when the limiter says so, and holds its place until the response's body is done with. */
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
    if (request.bodyLimit !== undefined || request.method === 'HEAD') {
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
