import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReadingPool } from '../../src/audit/reading-pool.ts';
import { createTagColumns } from '../../src/audit/tag-columns.ts';
import { compareBytes } from '../../src/core/byte-order.ts';
import type { ResolvedTag } from '../../src/core/tag-reading.ts';

/** A reading that tells when its tag was added; every third with a time of push. */
function readingOf(added: number): ResolvedTag {
  const reading = {
    state: 'resolved',
    digest: `sha256:${String(added).padStart(64, '0')}`,
    mediaType: null,
    narrow: null,
  } as const;
  return added % 3 === 0 ? { ...reading, publishedAt: new Date(added * 1001).toISOString() } : reading;
}

function listed(names: readonly string[]) {
  const columns = createTagColumns(createReadingPool());
  for (const [added, name] of names.entries()) columns.add(name, readingOf(added));
  return [...columns.list()];
}

function expected(names: readonly string[]) {
  const last = new Map(names.map((name, added) => [name, added]));
  return [...last]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, added]) => ({ name, reading: readingOf(added) }));
}

describe('columns of tags', () => {
  test('are in byte order, with the later of two of one name, however they came', () => {
    const name = fc.oneof(
      fc.stringMatching(/^v[0-2]\.\d{1,2}$/),
      fc.string({ unit: 'binary', minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (names) => {
        expect(listed(names)).toEqual(expected(names));
      }),
    );
  });

  test.each([0, 1, 12, 255, 256, 400])('are in order when answers come up to %i late', (late) => {
    const inOrder = Array.from({ length: 1000 }, (_, n) => `v${String(n).padStart(4, '0')}`);
    const names = inOrder
      .map((name, n) => ({ name, at: n + ((n * 7919) % (late + 1)) }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
    expect(listed(names)).toEqual(expected(names));
  });
});
