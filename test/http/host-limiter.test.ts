import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';
import { createHostLimiter, type HostLimiter } from '../../src/http/host-limiter.ts';
import { fakeClock } from './support/fake-clock.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A place in the limiter, and how to give it back. */
async function acquire(limiter: HostLimiter, signal?: AbortSignal): Promise<() => void> {
  await limiter.enter(signal);
  return () => limiter.leave();
}

describe('concurrency', () => {
  test('is never exceeded and everybody has a turn, however requests end, fail or are aborted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(
          fc.record({
            turns: fc.nat({ max: 4 }),
            abortAfter: fc.option(fc.nat({ max: 6 })),
            hold: fc.nat({ max: 30 }),
          }),
          { maxLength: 40 },
        ),
        fc.option(fc.integer({ min: 1, max: 100 })),
        async (concurrency, requests, ratePerSecond) => {
          const clock = fakeClock();
          const limiter = createHostLimiter({ concurrency, ratePerSecond, clock });
          let running = 0;
          let most = 0;
          let over = 0;
          const run = async ({ turns, abortAfter, hold }: (typeof requests)[number]) => {
            const abort = new AbortController();
            if (abortAfter !== null) {
              void (async () => {
                for (let turn = 0; turn < abortAfter; turn++) await Promise.resolve();
                abort.abort(new Error('enough'));
              })();
            }
            let release: () => void;
            try {
              release = await acquire(limiter, abort.signal);
            } catch (error) {
              expect(error).toEqual(new Error('enough'));
              over++;
              return;
            }
            most = Math.max(most, ++running);
            for (let turn = 0; turn < turns; turn++) await Promise.resolve();
            if (hold > 25) limiter.holdUntil(clock.now() + hold);
            running--;
            release();
            over++;
          };
          await Promise.all(requests.map(run));
          expect(over).toBe(requests.length);
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(limiter.inFlight()).toBe(0);
        },
      ),
    );
  });

  test('who is aborted while waiting leaves the queue, and the next one gets the slot', async () => {
    const limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock: fakeClock() });
    const release = await acquire(limiter);
    const abort = new AbortController();
    const impatient = acquire(limiter, abort.signal);
    const patient = acquire(limiter);
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    release();
    (await patient)();
    expect(limiter.inFlight()).toBe(0);
  });

  test('who is aborted beforehand takes nothing', async () => {
    const limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock: fakeClock() });
    await expect(acquire(limiter, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(limiter.inFlight()).toBe(0);
  });
});

describe('a hold', () => {
  test('holds everybody back, those in the queue too, and takes no slot meanwhile', async () => {
    const clock = fakeClock();
    const limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock });
    const release = await acquire(limiter);
    const until = clock.now() + 5000;
    const starts: number[] = [];
    const others = [1, 2, 3].map(async () => {
      const done = await acquire(limiter);
      starts.push(clock.now());
      done();
    });
    limiter.holdUntil(until);
    limiter.holdUntil(until - 4000);
    release();
    await Promise.all(others);
    expect(starts).toHaveLength(3);
    for (const start of starts) expect(start).toBeGreaterThanOrEqual(until);
    expect(limiter.inFlight()).toBe(0);
  });

  test('a longer hold that comes during the first is kept as well', async () => {
    const clock = fakeClock();
    const start = clock.now();
    let limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock });
    const extending = {
      ...clock,
      sleep: async (milliseconds: number) => {
        if (clock.now() === start) limiter.holdUntil(start + 9000);
        await clock.sleep(milliseconds);
      },
    };
    limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock: extending });
    limiter.holdUntil(start + 1000);
    (await acquire(limiter))();
    expect(clock.now()).toBe(start + 9000);
  });

  test('can be aborted', async () => {
    const limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock: SYSTEM_CLOCK });
    limiter.holdUntil(Date.now() + 3_600_000);
    const abort = new AbortController();
    const held = acquire(limiter, abort.signal);
    await settled();
    expect(limiter.inFlight()).toBe(0);
    abort.abort();
    await expect(held).rejects.toThrow();
  });
});

describe('a rate', () => {
  test('spaces the starts, and idle time is not saved up', async () => {
    const clock = fakeClock();
    const start = clock.now();
    const limiter = createHostLimiter({ concurrency: 100, ratePerSecond: 4, clock });
    const starts: number[] = [];
    const one = async () => {
      const release = await acquire(limiter);
      starts.push(clock.now() - start);
      release();
    };
    for (let count = 0; count < 4; count++) await one();
    expect(starts).toEqual([0, 250, 500, 750]);
    clock.advance(60_000);
    for (let count = 0; count < 3; count++) await one();
    expect(starts.slice(4)).toEqual([60_750, 61_000, 61_250]);
  });

  test('is kept when all come at once', async () => {
    const clock = fakeClock();
    const start = clock.now();
    const limiter = createHostLimiter({ concurrency: 3, ratePerSecond: 10, clock });
    const starts = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const release = await acquire(limiter);
        const at = clock.now() - start;
        release();
        return at;
      }),
    );
    starts.sort((a, b) => a - b);
    for (const [index, at] of starts.entries()) expect(at).toBeGreaterThanOrEqual(index * 100);
  });
});
