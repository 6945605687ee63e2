import type { Clock } from '../core/clock.ts';
import { adaptiveGauge, fixedGauge } from './concurrency-gauge.ts';
import { onAbort } from './on-abort.ts';

export interface HostLimiterOptions {
  /** Requests in flight at once; null to find out how many the site is worth (`concurrency-controller.ts`). */
  readonly concurrency: number | null;
  /** Requests started per second; null for no limit. */
  readonly ratePerSecond: number | null;
  readonly clock: Clock;
}

/**
 * Says when a request to one site may start: a number in flight, a rate, and a pause that a 429 or 503 asked
 * for, which holds back the whole host and not one request. Waiting takes no slot.
 */
export interface HostLimiter {
  /** Takes a place if a request may start at once; `leave` must be called once when it is over. */
  tryEnter(): boolean;
  /**
   * Gives back a place.
   *
   * @param isSample whether the request says something of the site's pace; a long body does not
   */
  leave(isSample?: boolean): void;
  /** Resolves when a request has a place; `leave` must be called once when it is over. */
  enter(signal?: AbortSignal): Promise<void>;
  /** For `trouble`: when a request began. */
  era(): number;
  /** A request that began in that era was refused for its pace, timed out or broke: fewer from now on. */
  trouble(era: number): void;
  /** Lets no request start before this time (milliseconds since the epoch). */
  holdUntil(time: number): void;
  /** Requests that may be in flight now. */
  limit(): number;
  /** Requests in flight now, for tests and figures. */
  inFlight(): number;
  /** How many were let in flight: where that has settled, and the most there ever were. */
  figures(): InFlightFigures;
}

/** What a limiter has come to. */
export interface InFlightFigures {
  readonly mode: 'fixed' | 'adaptive';
  readonly settled: number;
  readonly highest: number;
}

export function createHostLimiter({ concurrency, ratePerSecond, clock }: HostLimiterOptions): HostLimiter {
  const gauge = concurrency === null ? adaptiveGauge(clock) : fixedGauge(concurrency);
  let running = 0;
  let highest = 0;
  let heldUntil = 0;
  let nextStart = 0;
  const waiting: Array<() => void> = [];
  const interval = ratePerSecond === null ? 0 : 1000 / ratePerSecond;

  function hasSlot(): boolean {
    return running < gauge.limit() && waiting.length === 0;
  }

  function take(): void {
    running++;
    if (running > highest) highest = running;
  }

  async function slot(signal: AbortSignal | undefined): Promise<void> {
    if (hasSlot()) {
      take();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        unlisten?.();
        resolve();
      };
      const giveUp = () => {
        unlisten?.();
        const at = waiting.indexOf(enter);
        if (at >= 0) waiting.splice(at, 1);
        reject(signal?.reason);
      };
      const unlisten = signal && onAbort(signal, giveUp);
      waiting.push(enter);
    });
  }

  function release(): void {
    running--;
    // Places are handed over at once, so that nobody can slip in between; as many as there are by now.
    while (running < gauge.limit()) {
      const next = waiting.shift();
      if (next === undefined) return;
      take();
      next();
    }
  }

  /** Milliseconds until the hold and the rate let one more request start; reserves the start when it is now. */
  function pauseBeforeStart(): number {
    // The clock is not asked for nothing: of a million requests that is felt.
    if (heldUntil === 0 && interval === 0) return 0;
    const now = clock.now();
    const wait = Math.max(heldUntil, nextStart) - now;
    if (wait > 0) return wait;
    heldUntil = 0;
    nextStart = Math.max(nextStart, now) + interval;
    return 0;
  }

  return {
    tryEnter() {
      if (!hasSlot() || pauseBeforeStart() > 0) return false;
      take();
      return true;
    },
    leave(isSample = true) {
      if (isSample) gauge.ended(running);
      else gauge.disturbed();
      release();
    },
    async enter(signal) {
      for (;;) {
        signal?.throwIfAborted();
        await slot(signal);
        const pause = pauseBeforeStart();
        if (pause === 0) return;
        // Held back by a rate or a pause, the site shows nothing of its pace.
        gauge.disturbed();
        release();
        await clock.sleep(pause, signal);
      }
    },
    era: gauge.era,
    trouble: gauge.trouble,
    holdUntil(time) {
      heldUntil = Math.max(heldUntil, time);
    },
    limit: gauge.limit,
    inFlight: () => running,
    figures: () => ({ mode: gauge.mode, settled: gauge.settled(), highest }),
  };
}
