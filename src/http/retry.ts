import type { Clock } from '../core/clock.ts';
import { TransportError } from '../errors.ts';
import type { HostLimiter } from './host-limiter.ts';
import type { HttpRequest, HttpResponse, Send, SendWrapper } from './message.ts';
import { type AttemptOutcome, decideRetry, isTemporaryStatus, type RetryLimits } from './retry-policy.ts';
import { isStaleConnection } from './whole-exchange.ts';

/**
 * Repeats requests that may be repeated, as `decideRetry` says. Our own, because undici's interceptor repeats
 * a `HEAD` answered 429 or 503 for ever and cuts `Retry-After` short (measured). The last answer is handed
 * over as it is, with the registry's body. A waiting retry holds no place in the limiter.
 *
 * @param onRetry called for each attempt after the first
 */
export function retryRequests(
  limits: RetryLimits,
  limiter: HostLimiter,
  clock: Clock,
  onRetry: () => void = () => {},
): SendWrapper {
  return (next) => {
    const resend: Send = (request) => {
      onRetry();
      return next(request);
    };
    const again = repeating(resend, limits, limiter, clock);
    return (request) =>
      next(request).then(
        (response) =>
          isTemporaryStatus(response.status) ? again(request, { response, fault: null }) : response,
        (fault: unknown) => again(request, { response: null, fault }),
      );
  };
}

/** A server that closes every connection it has kept cannot hold a request for ever. */
const MOST_STALE = 2;

/** What became of an attempt. */
type Attempt = { readonly response: HttpResponse | null; readonly fault: unknown };

function repeating(resend: Send, limits: RetryLimits, limiter: HostLimiter, clock: Clock) {
  return async (request: HttpRequest, first: Attempt): Promise<HttpResponse> => {
    const repeatable = isRepeatable(request);
    const allowed = { ...limits, retries: Math.min(limits.retries, request.maxRetries ?? limits.retries) };
    let { response, fault } = first;
    let stale = 0;
    for (let attempt = 0; ; attempt++) {
      if (repeatable && response === null && isStaleConnection(fault) && stale++ < MOST_STALE) {
        // Nobody has refused anything: at once, and of no account for the limit.
        attempt--;
        try {
          response = await resend(request);
        } catch (error) {
          fault = error;
        }
        continue;
      }
      const decision = repeatable
        ? decideRetry(attempt, outcomeOf(response, fault), allowed, clock.now(), clock.random())
        : ({ retry: false } as const);
      if (!decision.retry) {
        if (response === null) throw fault;
        return response;
      }
      await response?.discard();
      if (decision.holdHost) limiter.holdUntil(clock.now() + decision.delayMs);
      await clock.sleep(decision.delayMs, request.signal);
      response = null;
      try {
        response = await resend(request);
      } catch (error) {
        fault = error;
      }
    }
  };
}

function isRepeatable(request: HttpRequest): boolean {
  // A stream is spent after the first attempt, whatever the caller says.
  if (request.body !== undefined && !(request.body instanceof Uint8Array)) return false;
  if (request.repeatable !== undefined) return request.repeatable;
  return request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
}

function outcomeOf(response: HttpResponse | null, fault: unknown): AttemptOutcome {
  if (response !== null) return { status: response.status, retryAfter: response.header('retry-after') };
  // An abort is nobody's fault and is never repeated: PROTOCOL stands for "not temporary".
  return { error: fault instanceof TransportError ? fault.code : 'PROTOCOL' };
}
