import type { Clock } from '../core/clock.ts';
import { onAbort } from './on-abort.ts';

export interface HostLimiterOptions {
  /** Requests in flight at once. */
  readonly concurrency: number;
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
  /** Gives back the place that `tryEnter` took. */
  leave(): void;
  /** Resolves when a request may start; the caller must call the result once when the request is over. */
  acquire(signal?: AbortSignal): Promise<() => void>;
  /** Lets no request start before this time (milliseconds since the epoch). */
  holdUntil(time: number): void;
  /** Requests in flight now, for tests and figures. */
  inFlight(): number;
}

export function createHostLimiter({ concurrency, ratePerSecond, clock }: HostLimiterOptions): HostLimiter {
  let running = 0;
  let heldUntil = 0;
  let nextStart = 0;
  const waiting: Array<() => void> = [];
  const interval = ratePerSecond === null ? 0 : 1000 / ratePerSecond;

  function hasSlot(): boolean {
    return running < concurrency && waiting.length === 0;
  }

  async function slot(signal: AbortSignal | undefined): Promise<void> {
    if (hasSlot()) {
      running++;
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
    // The slot is handed over, not freed, so that nobody can slip in between.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  /** Milliseconds until the hold and the rate let one more request start; reserves the start when it is now. */
  function pauseBeforeStart(): number {
    const now = clock.now();
    const wait = Math.max(heldUntil, nextStart) - now;
    if (wait > 0) return wait;
    nextStart = Math.max(nextStart, now) + interval;
    return 0;
  }

  return {
    tryEnter() {
      if (!hasSlot() || pauseBeforeStart() > 0) return false;
      running++;
      return true;
    },
    leave: release,
    async acquire(signal) {
      for (;;) {
        signal?.throwIfAborted();
        await slot(signal);
        const pause = pauseBeforeStart();
        if (pause === 0) {
          let done = false;
          return () => {
            if (!done) release();
            done = true;
          };
        }
        release();
        await clock.sleep(pause, signal);
      }
    },
    holdUntil(time) {
      heldUntil = Math.max(heldUntil, time);
    },
    inFlight: () => running,
  };
}
