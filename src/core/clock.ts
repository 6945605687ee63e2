import { setTimeout as sleepTimer } from 'node:timers/promises';

/** Time, sleep and randomness, passed in so that no test waits for a real clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after the given milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The clock of a real run. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await sleepTimer(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node wraps the reason in an error of its own.
      throw signal?.aborted ? signal.reason : error;
    }
  },
  random: () => Math.random(),
};
