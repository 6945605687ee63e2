import type { Clock } from '../core/clock.ts';
import type { Logger } from '../logger.ts';
import { MOST_IN_FLIGHT } from './concurrency-controller.ts';
import { createHostLimiter, type HostLimiter } from './host-limiter.ts';
import { limitRequests } from './limit.ts';
import { logRequests } from './log-requests.ts';
import type { Send } from './message.ts';
import { followRedirects } from './redirects.ts';
import { retryRequests } from './retry.ts';
import { DEFAULT_RETRY_LIMITS } from './retry-policy.ts';
import { countRequests, createTraffic, type SiteTraffic } from './traffic.ts';
import { createUndiciSend, type UndiciSendOptions } from './undici-send.ts';

export interface TransportOptions extends Omit<UndiciSendOptions, 'connections'> {
  /**
   * Requests in flight at once, and so the most sockets to one origin; null to find out how many the site is
   * worth.
   */
  readonly concurrency: number | null;
  readonly ratePerSecond: number | null;
  /** Attempts after the first. */
  readonly retries: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything below authentication for one site. */
export interface Transport {
  readonly send: Send;
  readonly limiter: HostLimiter;
  /** What was sent so far. */
  traffic(): SiteTraffic;
  close(): Promise<void>;
}

/**
 * Assembles the wrappers. Outermost first, a request passes:
 *
 *   (auth, added by the registry room) → redirects → retry → limit → log → count → undici
 *
 * Redirects come before retry so that each hop is retried by itself; retry before limit so that waiting takes
 * no place; log and count innermost so that every attempt is seen. Token requests take the same way without auth.
 */
export function createTransport(options: TransportOptions): Transport {
  const { clock, logger, concurrency, ratePerSecond, retries } = options;
  const limiter = createHostLimiter({ concurrency, ratePerSecond, clock });
  const wire = createUndiciSend({ ...options, connections: concurrency ?? MOST_IN_FLIGHT });
  const traffic = createTraffic();
  const counted = countRequests(traffic)(wire.send);
  const logged = logRequests(logger, clock)(counted);
  const limited = limitRequests(limiter)(logged);
  const limits = { ...DEFAULT_RETRY_LIMITS, retries };
  const retried = retryRequests(limits, limiter, clock, traffic.countRetry)(limited);
  return {
    send: followRedirects(retried),
    limiter,
    traffic: () => ({
      ...traffic.figures(),
      connections: wire.connectionsOpened(),
      inFlight: limiter.figures(),
    }),
    close: wire.close,
  };
}
