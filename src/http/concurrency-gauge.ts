import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Clock } from '../core/clock.ts';
import {
  type ConcurrencyState,
  firstConcurrency,
  isWindow,
  MOST_IN_FLIGHT,
  nextConcurrency,
} from './concurrency-controller.ts';

/** How many requests may be in flight, and what came of it. */
export interface ConcurrencyGauge {
  readonly mode: 'fixed' | 'adaptive';
  /** Requests that may be in flight now. */
  limit(): number;
  /** The limit that proved to be worth it so far. */
  settled(): number;
  /** A request has ended; so many were in flight, itself included. */
  ended(inFlight: number): void;
  /** What says nothing of the site's pace has ended: a long body, or a time without enough to do. */
  disturbed(): void;
  /** A request of that era met trouble. */
  trouble(era: number): void;
  /** Counts the limit's cuts: trouble of requests that began before the last one is the same trouble. */
  era(): number;
}

/** Always the same number. */
export function fixedGauge(concurrency: number): ConcurrencyGauge {
  const nothing = () => {};
  return {
    mode: 'fixed',
    limit: () => concurrency,
    settled: () => concurrency,
    ended: nothing,
    disturbed: nothing,
    trouble: nothing,
    era: () => 0,
  };
}

/** Lets the controller find the number, by windows in which every place was taken whenever a request ended. */
export function adaptiveGauge(clock: Clock): ConcurrencyGauge {
  let state: ConcurrencyState = firstConcurrency();
  // Beside the state, whose objects differ in shape: what reads that for every request is compiled anew for each.
  let limit = state.limit;
  let era = 0;
  let requests = 0;
  let since: number | null = null;
  let workSince: EventLoopUtilization | null = null;

  function restart(): void {
    requests = 0;
    since = null;
  }

  function observe(observation: Parameters<typeof nextConcurrency>[1]): void {
    state = nextConcurrency(state, observation);
    limit = state.limit;
    restart();
  }

  return {
    mode: 'adaptive',
    limit: () => limit,
    settled: () => state.base?.limit ?? state.limit,
    ended(inFlight) {
      // With places left the site was not kept busy, unless there is no more to be had anyway.
      if (inFlight < limit && limit < MOST_IN_FLIGHT) {
        restart();
        return;
      }
      if (since === null) {
        since = clock.now();
        workSince = performance.eventLoopUtilization();
        return;
      }
      requests++;
      // The clock is asked now and then: it costs as much as the rest of this.
      if (requests % 8 !== 0) return;
      const milliseconds = clock.now() - since;
      if (!isWindow(limit, requests, milliseconds)) return;
      const busy = workSince === null ? 0 : performance.eventLoopUtilization(workSince).utilization;
      observe({ kind: 'window', requests, milliseconds, busy });
    },
    disturbed: restart,
    trouble(of) {
      if (of !== era) return;
      era++;
      observe({ kind: 'trouble' });
    },
    era: () => era,
  };
}
