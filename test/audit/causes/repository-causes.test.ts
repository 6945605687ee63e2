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
  const causes = (one: typeof healthy, other: typeof healthy, primary: boolean, secondary: boolean) =>
    classifyRepository(one, other, { gitlabV1: { primary, secondary } }).causes;
  expect(causes(withV1, healthy, true, false)).toEqual(['CLIENT_PATH_ASYMMETRY']);
  expect(causes(healthy, withV1, false, true)).toEqual(['CLIENT_PATH_ASYMMETRY']);
  expect(causes(withV1, withV1, true, true)).toEqual([]);
  expect(causes(healthy, healthy, false, false)).toEqual([]);
});

it('a site that has the API and whose listing failed is not one without it', () => {
  const withV1 = snapshot({ a: index('a') }, V1);
  expect(
    classifyRepository(withV1, healthy, { gitlabV1: { primary: true, secondary: true } }).causes,
  ).toEqual([]);
});

it('nor is a site of which it is not known', () => {
  const withV1 = snapshot({ a: index('a') }, V1);
  const gitlabV1 = { primary: true, secondary: null };
  expect(classifyRepository(withV1, healthy, { gitlabV1 }).causes).toEqual([]);
  expect(classifyRepository(withV1, healthy).causes).toEqual([]);
});

it('an image reads the same both ways, so there is no asymmetry to see', () => {
  const tags = { a: image('a') };
  const gitlabV1 = { primary: true, secondary: false };
  expect(classifyRepository(snapshot(tags, V1), snapshot(tags), { gitlabV1 }).causes).toEqual([]);
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
