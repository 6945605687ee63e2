import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forEachConcurrent } from '../../src/core/concurrency.ts';

describe('forEachConcurrent', () => {
  test('does every item once, starts in order, and never more than the limit at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        async (turns, limit) => {
          const startedItems: number[] = [];
          let running = 0;
          let most = 0;
          await forEachConcurrent(turns.keys(), limit, async (index) => {
            startedItems.push(index);
            most = Math.max(most, ++running);
            for (let turn = 0; turn < (turns[index] ?? 0); turn++) await Promise.resolve();
            running--;
          });
          expect(startedItems).toEqual([...turns.keys()]);
          expect(running).toBe(0);
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  test('a limit below one is one', async () => {
    const seen: string[] = [];
    await forEachConcurrent(['a', 'b'], 0, async (item) => {
      seen.push(item);
    });
    expect(seen).toEqual(['a', 'b']);
  });

  test('pulls no further than it works', async () => {
    let pulled = 0;
    function* endless(): Generator<number> {
      for (;;) yield pulled++;
    }
    const done = forEachConcurrent(endless(), 2, async (item) => {
      if (item === 5) throw new Error('enough');
    });
    await expect(done).rejects.toThrow('enough');
    expect(pulled).toBeLessThan(10);
  });

  test('the first failure is thrown after what is under way has ended', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const events: string[] = [];
    const done = forEachConcurrent(['slow', 'bad', 'never'], 2, async (item) => {
      events.push(item);
      if (item === 'bad') {
        queueMicrotask(release);
        throw new Error('bad');
      }
      await gate;
      events.push('slow ended');
      throw new Error('later');
    }).catch((error: Error) => events.push(error.message));
    await done;
    expect(events).toEqual(['slow', 'bad', 'slow ended', 'bad']);
  });
});
