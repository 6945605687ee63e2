import fc from 'fast-check';
import { expect, it } from 'vitest';
import { classifyRepository } from '../../../src/audit/classify.ts';
import { MediaType } from '../../../src/core/media-types.ts';
import type { ResolvedTag, UnresolvableTag } from '../../../src/core/tag-reading.ts';
import { CAUSES, type CauseCode } from '../../../src/report/causes.ts';
import { broken, digest, image, index, list, narrow, snapshot } from '../support/snapshots.ts';

type Listed = ResolvedTag | UnresolvableTag;

const gone = broken({
  reason: `manifest unknown (unknown manifest name=group/project revision=${digest('gone')})`,
});
const goneInDetail = broken({
  reason: `manifest unknown ({"Name":"group/project","Revision":"${digest('gone')}"})`,
});
const linkless = broken({ status: 500, code: 'UNKNOWN', reason: 'unknown error ({"Path":"/…/link"})' });
const schema1 = broken({ status: 400, code: 'MANIFEST_INVALID', reason: 'Schema 1 manifest not supported' });
const invalid = broken({ status: 400, code: 'MANIFEST_INVALID', reason: 'manifest invalid' });
const elsewhere = broken({ status: 502, code: null, reason: 'HTTP 502 without a body' });
const refusedForAccept = broken({
  reason: 'OCI index found, but accept header does not support OCI indexes',
});

it.each<[string, Listed | null, Listed | null, CauseCode[]]>([
  ['equal images', image('a'), image('a'), []],
  ['equal indexes', index('a'), index('a'), []],
  ['equal lists', list('a', 'c'), list('a', 'c'), []],
  ['equal indexes, narrow not read', index('a', null), index('a', null), []],
  ['another image', image('a'), image('b'), ['MOVED_TAG']],
  ['an image became an index', index('a'), image('b'), ['NARROW_HIDES_INDEX', 'MOVED_TAG']],
  ['another index', index('a'), index('b'), ['FALSE_MATCH_NIL', 'NARROW_HIDES_INDEX']],
  ['another index, narrow not read', index('a', null), index('b', null), ['MOVED_TAG']],
  [
    'another list with the same child',
    list('a', 'c'),
    list('b', 'c'),
    ['FALSE_MATCH_CHILD', 'NARROW_REWRITES_LIST'],
  ],
  ['another list with another child', list('a', 'c'), list('b', 'd'), ['NARROW_REWRITES_LIST', 'MOVED_TAG']],
  [
    'an index served narrowly on one site alone',
    index('a'),
    index('a', narrow(digest('a'))),
    ['NARROW_HIDES_INDEX'],
  ],
  [
    'an index whose narrow HEAD has no digest header',
    index('a', narrow('nil', 200)),
    index('a', narrow(digest('a'))),
    [],
  ],
  [
    'an index whose narrow HEAD failed with 500',
    index('a', narrow('nil', 500)),
    index('b', narrow(digest('b'))),
    ['MOVED_TAG'],
  ],
  ['an image on the primary alone', image('a'), null, ['NOT_REPLICATED']],
  ['an index on the primary alone', index('a'), null, ['NARROW_HIDES_INDEX', 'NOT_REPLICATED']],
  ['an image on the secondary alone', null, image('a'), ['ORPHAN']],
  [
    'a tag on the secondary alone that does not resolve',
    null,
    broken(),
    ['BROKEN_TAG_LINK', 'ORPHAN_UNDELETABLE'],
  ],
  ['a tag on the primary alone that does not resolve', broken(), null, ['BROKEN_TAG_LINK']],
  ['a broken link, GitLab', image('a'), broken(), ['BROKEN_TAG_LINK']],
  ['a broken link, Distribution', linkless, image('a'), ['BROKEN_TAG_LINK']],
  ['broken links on both sites', broken(), linkless, ['BROKEN_TAG_LINK']],
  ['a revision that is gone', image('a'), gone, ['MISSING_REVISION']],
  ['a revision that is gone, as JSON detail', image('a'), goneInDetail, ['MISSING_REVISION']],
  ['schema 1', schema1, schema1, ['SCHEMA1_REFUSED']],
  ['another invalid manifest', invalid, image('a'), []],
  ['a 502 without words', elsewhere, image('a'), []],
  ['a 404 about Accept', refusedForAccept, image('a'), []],
  ['an index against a broken tag', index('a'), broken(), ['BROKEN_TAG_LINK', 'NARROW_HIDES_INDEX']],
])('%s', (_, primary, secondary, expected) => {
  const side = (reading: Listed | null) => snapshot(reading === null ? {} : { tag: reading });
  const { tags } = classifyRepository(side(primary), side(secondary));
  expect(tags.at(0)?.causes).toEqual(expected);
});

it('a tag that answered otherwise is in flight, whatever else is said of it', () => {
  const { tags } = classifyRepository(snapshot({ tag: image('a') }), snapshot({ tag: image('a') }), {
    unstable: new Set(['tag']),
  });
  expect(tags.at(0)?.causes).toEqual(['IN_FLIGHT']);
});

it('finds nothing wrong with 10,000 healthy tags', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abcdef0123456789'), minLength: 8, maxLength: 8 });
  const type = fc.constantFrom(...Object.values(MediaType), null);
  const narrowly = fc.constantFrom('same', 'nil', 'child', 'unread', 'refused');
  const healthy = fc.tuple(text, type, narrowly).map(([seed, mediaType, how]): ResolvedTag => {
    const answer =
      {
        same: narrow(digest(seed)),
        nil: narrow('nil'),
        child: narrow(digest(`${seed} child`)),
        unread: null,
        refused: narrow('nil', 500),
      }[how] ?? null;
    return { state: 'resolved', digest: digest(seed), mediaType, narrow: answer };
  });
  const generated = fc.sample(healthy, { numRuns: 10_000, seed: 20_261_121 });
  const tags = Object.fromEntries(generated.map((reading, number) => [`tag-${number}`, reading]));
  const report = classifyRepository(snapshot(tags), snapshot(tags));
  expect(report.tags).toHaveLength(10_000);
  expect(report.tags.filter((tag) => tag.causes.length > 0 || tag.status !== 'MATCH')).toEqual([]);
  expect(report.causes).toEqual([]);
  expect(report.verdict).toBe('IN-SYNC');
});

it('claims only what the catalogue explains', () => {
  const anything = fc.constantFrom(
    image('a'),
    image('b'),
    index('a'),
    index('b'),
    list('a', 'c'),
    list('b', 'c'),
    gone,
    linkless,
    schema1,
    invalid,
    broken(),
  );
  const side = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), anything, { noNullPrototype: true });
  fc.assert(
    fc.property(side, side, (p, s) => {
      const report = classifyRepository(snapshot(p), snapshot(s));
      for (const code of [...report.causes, ...report.tags.flatMap((tag) => tag.causes)])
        expect(Object.keys(CAUSES)).toContain(code);
      expect(
        report.tags.every(
          (tag) => tag.status !== 'MATCH' || tag.narrowStatus === 'MISMATCH' || tag.causes.length === 0,
        ),
      ).toBe(true);
    }),
  );
});
