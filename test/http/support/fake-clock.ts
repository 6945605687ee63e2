import type { Clock } from '../../../src/core/clock.ts';

/** A clock whose sleeps end at once and move the time on. */
export interface FakeClock extends Clock {
  /** Every sleep so far, in milliseconds. */
  readonly slept: readonly number[];
  advance(milliseconds: number): void;
}

export function fakeClock(random = 0.5, start = 1_763_000_000_000): FakeClock {
  let time = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds;
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      time += milliseconds;
      await Promise.resolve();
    },
    random: () => random,
  };
}
