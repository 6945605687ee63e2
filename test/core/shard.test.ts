import { expect, it } from 'vitest';
import { shardOf } from '../../src/core/shard.ts';

it('is the same for ever: a shard of an older release must fit those of a newer one', () => {
  expect(['', 'a', 'v1.0.0', 'group/project', 'gruppe/prüfung'].map((name) => shardOf(name, 5))).toEqual([
    4, 1, 1, 5, 1,
  ]);
});

it.each([1, 2, 3, 7, 64])('spreads names that hardly differ over %d shards', (count) => {
  const sizes = new Array<number>(count + 1).fill(0);
  const names = 20_000;
  for (let i = 0; i < names; i++) {
    const shard = shardOf(`build-${i}`, count);
    sizes[shard] = (sizes[shard] ?? 0) + 1;
  }
  expect(sizes[0]).toBe(0);
  for (const size of sizes.slice(1)) {
    expect(size).toBeGreaterThan((names / count) * 0.75);
    expect(size).toBeLessThan((names / count) * 1.25);
  }
});
