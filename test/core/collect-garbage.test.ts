import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { collectGarbage } from '../../src/core/collect-garbage.ts';

test('what nothing refers to any more is gone at once, and what is referred to stays', async () => {
  const held: object[] = [];
  const gone = weaklyHeld(null);
  const kept = weaklyHeld(held);
  // A weak reference holds its object until the end of the turn in which it was made.
  await turn();
  collectGarbage('major');
  expect(gone.deref() === undefined).toBe(true);
  expect(kept.deref() === held[0]).toBe(true);
});

/** In a frame of its own, that is gone when the garbage is collected. */
function weaklyHeld(holders: object[] | null): WeakRef<object> {
  const object = { numbers: Array.from({ length: 100_000 }, (_, number) => number) };
  holders?.push(object);
  return new WeakRef(object);
}
