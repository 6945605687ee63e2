import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lazyList } from '../../src/core/list.ts';
import { EMPTY_CHECKSUM, repositoryChecksum, type TagTuple } from '../../src/verifier/repository-checksum.ts';

const { vectors } = z
  .object({
    vectors: z
      .array(
        z.object({
          name: z.string(),
          tuples: z.array(z.tuple([z.string(), z.string().nullable()])),
          checksum: z.string(),
        }),
      )
      .min(1),
  })
  .parse(JSON.parse(readFileSync(new URL('../vectors/repository-checksum.json', import.meta.url), 'utf8')));

/** The same, written another way: bytes sorted as bytes, then hashed in one go. */
function oracle(tuples: readonly TagTuple[]): string {
  const sorted = tuples
    .map(([name, digest]) => ({ name: Buffer.from(name), digest: Buffer.from(digest ?? '') }))
    .sort((a, b) => Buffer.compare(a.name, b.name));
  const bytes = Buffer.concat(sorted.flatMap(({ name, digest }) => [name, digest]));
  return createHash('sha256').update(bytes).digest('hex');
}

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `sha256:${Buffer.from(bytes).toString('hex')}`);
/** Names of few letters, so that prefixes of each other are common; some beyond the tag grammar and the BMP. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'Z', '0', '.', '-', '_'), minLength: 1, maxLength: 4 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
);
const tuplesOf = (of: fc.Arbitrary<string | null>) =>
  fc.uniqueArray(fc.tuple(name, of), { selector: ([tag]) => tag, maxLength: 30 });
const anyTuples = tuplesOf(fc.option(digest, { freq: 3 }));

describe('the checksum of every vector', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, { tuples, checksum }) => {
    expect(repositoryChecksum(tuples)).toBe(checksum);
    expect(repositoryChecksum(tuples.toReversed())).toBe(checksum);
    expect(oracle(tuples)).toBe(checksum);
  });
});

it('gives the checksum of nothing for no tags', () => {
  expect(EMPTY_CHECKSUM).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

it('does not change what it is given', () => {
  const tuples: TagTuple[] = [
    ['b', null],
    ['a', null],
  ];
  repositoryChecksum(tuples);
  expect(tuples.map(([tag]) => tag)).toEqual(['b', 'a']);
});

it('takes a list that is not in memory', () => {
  const tuples = lazyList<TagTuple>(2, function* () {
    yield ['b', null];
    yield ['a', null];
  });
  expect(repositoryChecksum(tuples)).toBe(
    repositoryChecksum([
      ['a', null],
      ['b', null],
    ]),
  );
});

it('agrees with bytes sorted as bytes', () => {
  fc.assert(fc.property(anyTuples, (tuples) => repositoryChecksum(tuples) === oracle(tuples)));
});

it('agrees with it across the border of the pieces that are hashed', () => {
  const long = Array.from(
    { length: 3000 },
    (_, i): TagTuple => [
      `tag-${(i * 7919) % 3000}-ü`,
      i % 5 === 0 ? null : `sha256:${createHash('sha256').update(String(i)).digest('hex')}`,
    ],
  );
  expect(repositoryChecksum(long)).toBe(oracle(long));
});

it('does not depend on the order of listing', () => {
  fc.assert(
    fc.property(
      anyTuples.chain((tuples) =>
        fc.tuple(
          fc.constant(tuples),
          fc.shuffledSubarray(tuples, { minLength: tuples.length, maxLength: tuples.length }),
        ),
      ),
      ([tuples, shuffled]) => repositoryChecksum(tuples) === repositoryChecksum(shuffled),
    ),
  );
});

it('changes when one digest changes', () => {
  fc.assert(
    fc.property(
      tuplesOf(digest).filter((tuples) => tuples.length > 0),
      fc.nat(),
      digest,
      (tuples, at, other) => {
        const index = at % tuples.length;
        const [tag, before] = tuples[index] as [string, string];
        fc.pre(other !== before);
        return repositoryChecksum(tuples) !== repositoryChecksum(tuples.with(index, [tag, other]));
      },
    ),
  );
});

it('changes when a tag with a digest comes, goes or loses its digest', () => {
  fc.assert(
    fc.property(
      tuplesOf(digest).filter((tuples) => tuples.length > 0),
      fc.nat(),
      (tuples, at) => {
        const index = at % tuples.length;
        const [tag] = tuples[index] as [string, string];
        const all = repositoryChecksum(tuples);
        expect(repositoryChecksum(tuples.toSpliced(index, 1))).not.toBe(all);
        expect(repositoryChecksum(tuples.with(index, [tag, null]))).not.toBe(all);
      },
    ),
  );
});

it.each<[string, TagTuple[], TagTuple[]]>([
  [
    'two tags without digests and one of both names',
    [
      ['a', null],
      ['b', null],
    ],
    [['ab', null]],
  ],
  ['a digest at the end of a name', [['a', 'sha256:1']], [['asha256:1', null]]],
])('is ambiguous, as the verifier is: %s', (_, one, other) => {
  expect(repositoryChecksum(one)).toBe(repositoryChecksum(other));
});
