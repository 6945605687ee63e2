import { expect, it } from 'vitest';
import { classifyRepository } from '../../../src/audit/classify.ts';
import { CAUSES } from '../../../src/report/causes.ts';
import { broken, digest, image, index, list, snapshot, unknown, unreadable } from '../support/snapshots.ts';

const V1 = { gitlabV1: [['a', digest('a')]] as [string, string][] };
const healthy = snapshot({ a: index('a') });

it('a tag list that was refused reads as empty to the verifier', () => {
  expect(classifyRepository(healthy, unreadable('UNAUTHORIZED', 401)).causes).toEqual(['EMPTY_IS_ERROR']);
  expect(classifyRepository(unreadable('HTTP_503', 503), healthy).causes).toEqual(['EMPTY_IS_ERROR']);
});

it.each([
  ['a list that nobody answered for', unreadable('TIMEOUT', null)],
  ['a repository that a site does not know', unknown()],
  ['an empty one', snapshot({})],
])('%s is no refusal', (_, other) => {
  expect(classifyRepository(snapshot({}), other).causes).toEqual([]);
});

it('more tags than the first page are not all compared by the verifier', () => {
  const tags = { a: image('a'), b: image('b') };
  expect(classifyRepository(snapshot(tags), snapshot(tags, { firstPage: 1 })).causes).toEqual([
    'TAG_LIST_TRUNCATED',
  ]);
  expect(classifyRepository(snapshot(tags), snapshot(tags, { firstPage: null })).causes).toEqual([]);
});

it('one site with the v1 API and one without disagree for ever about an index', () => {
  const withV1 = snapshot({ a: index('a') }, V1);
  expect(classifyRepository(withV1, healthy).causes).toEqual(['CLIENT_PATH_ASYMMETRY']);
  expect(classifyRepository(healthy, withV1).causes).toEqual(['CLIENT_PATH_ASYMMETRY']);
  expect(classifyRepository(withV1, withV1).causes).toEqual([]);
  expect(classifyRepository(healthy, healthy).causes).toEqual([]);
});

it('a site that has the API and whose listing failed is not one without it', () => {
  const withV1 = snapshot({ a: index('a') }, V1);
  expect(
    classifyRepository(withV1, healthy, { gitlabV1: { primary: true, secondary: true } }).causes,
  ).toEqual([]);
  expect(
    classifyRepository(withV1, healthy, { gitlabV1: { primary: true, secondary: false } }).causes,
  ).toEqual(['CLIENT_PATH_ASYMMETRY']);
});

it('an image reads the same both ways, so there is no asymmetry to see', () => {
  const tags = { a: image('a') };
  expect(classifyRepository(snapshot(tags, V1), snapshot(tags)).causes).toEqual([]);
});

it('equal checksums over other tuples are a collision', () => {
  // The name of one tag is the name and digest of another.
  const one = snapshot({ [`a${digest('x')}b`]: broken() });
  const other = snapshot({ a: image('x'), b: broken() });
  const report = classifyRepository(one, other);
  expect(report.checksums.wide.equal).toBe(true);
  expect(report.causes).toContain('CHECKSUM_COLLISION');
});

it('gives the causes of all tags once, in the order of the catalogue', () => {
  const report = classifyRepository(
    snapshot({ a: index('1'), b: index('1'), c: image('1'), d: list('1', 'c') }),
    snapshot({ a: index('2'), b: index('2'), d: list('2', 'c'), e: broken() }),
  );
  const order = Object.keys(CAUSES);
  expect(report.causes).toEqual(report.causes.toSorted((x, y) => order.indexOf(x) - order.indexOf(y)));
  expect(new Set(report.causes)).toEqual(
    new Set([
      'NARROW_HIDES_INDEX',
      'NARROW_REWRITES_LIST',
      'FALSE_MATCH_NIL',
      'FALSE_MATCH_CHILD',
      'NOT_REPLICATED',
      'ORPHAN_UNDELETABLE',
      'BROKEN_TAG_LINK',
    ]),
  );
  expect(report.causes).toHaveLength(7);
});
