import type { InFlightFigures } from './host-limiter.ts';
import type { HttpRequest, RequestKind, SendWrapper } from './message.ts';

/** What was sent to one site so far: every attempt, also those without an answer and the token service's. */
export interface SiteTraffic {
  /** Attempts by kind; a kind that was not sent is not there. */
  readonly requests: Readonly<Partial<Record<RequestKind, number>>>;
  /** The sum of `requests`. */
  readonly total: number;
  /** Of `total`, attempts after the first of the same request. */
  readonly retries: number;
  /** Sockets opened. */
  readonly connections: number;
  readonly inFlight: InFlightFigures;
}

/** Counts attempts. */
export interface Traffic {
  count(request: HttpRequest): void;
  countRetry(): void;
  /** The figures so far; later requests do not change them. */
  figures(): Pick<SiteTraffic, 'requests' | 'total' | 'retries'>;
}

/** A counter that starts at nothing. One addition a request: a million are counted within a scan. */
export function createTraffic(): Traffic {
  const counts: Record<RequestKind, number> = {
    ping: 0,
    list: 0,
    headWide: 0,
    headKnown: 0,
    headNarrow: 0,
    get: 0,
    blob: 0,
    write: 0,
    delete: 0,
    token: 0,
    other: 0,
  };
  let retries = 0;
  return {
    count(request) {
      counts[request.kind ?? 'other']++;
    },
    countRetry() {
      retries++;
    },
    figures() {
      const sent = Object.entries(counts).filter(([, count]) => count > 0);
      return {
        requests: Object.fromEntries(sent),
        total: sent.reduce((sum, [, count]) => sum + count, 0),
        retries,
      };
    },
  };
}

/** Counts each attempt as it is sent; one that was aborted before that is none. */
export function countRequests(traffic: Traffic): SendWrapper {
  return (next) => (request) => {
    if (!request.signal?.aborted) traffic.count(request);
    return next(request);
  };
}
