import { describe, expect, it } from 'vitest';
import { classifyRepository } from '../../src/audit/classify.ts';
import { settle } from '../../src/audit/settle.ts';
import type { RepositorySnapshot } from '../../src/report/snapshot.ts';
import { broken, digest, image, index, narrow, snapshot, unknown, unreadable } from './support/snapshots.ts';

const NOT_COMPLETE = { complete: { wide: false, narrow: false } };
const failed = (tags: string[]) => ({
  errors: [{ code: 'TIMEOUT', status: null, message: 'no', tags }],
  ...NOT_COMPLETE,
});

/** Settles a pair whose primary stands still. */
function settleSecondary(
  before: RepositorySnapshot,
  again: RepositorySnapshot,
  names: string[],
  primary = snapshot({ a: image('a'), b: image('b') }),
) {
  const still = snapshot(
    Object.fromEntries(
      primary.tags.filter(({ name }) => names.includes(name)).map(({ name, reading }) => [name, reading]),
    ),
  );
  return settle({ primary, secondary: before }, { primary: still, secondary: again }, new Set(names));
}

describe('a tag that was read twice', () => {
  it.each<[string, RepositorySnapshot, RepositorySnapshot, boolean]>([
    ['is stable with the same answer', snapshot({ a: image('x') }), snapshot({ a: image('x') }), false],
    ['is unstable with another digest', snapshot({ a: image('x') }), snapshot({ a: image('a') }), true],
    ['is unstable when it vanished', snapshot({ a: image('x') }), snapshot({}), true],
    ['is unstable when it appeared', snapshot({}), snapshot({ a: image('a') }), true],
    ['is unstable when it broke', snapshot({ a: image('x') }), snapshot({ a: broken() }), true],
    [
      'is stable when it is broken in other words',
      snapshot({ a: broken() }),
      snapshot({ a: broken({ status: 500, code: 'UNKNOWN' }) }),
      false,
    ],
    [
      'is unstable when narrow answers otherwise',
      snapshot({ a: index('x') }),
      snapshot({ a: index('x', narrow(digest('x'))) }),
      true,
    ],
    [
      'is stable when narrow was not read the first time',
      snapshot({ a: index('x', null) }),
      snapshot({ a: index('x') }),
      false,
    ],
    [
      'is stable when narrow was not read again',
      snapshot({ a: index('x') }),
      snapshot({ a: index('x', null) }),
      false,
    ],
    ['is stable when it stayed absent', snapshot({}), snapshot({}), false],
  ])('%s', (_, before, again, expected) => {
    const { unstable, secondary } = settleSecondary(before, again, ['a']);
    expect([...unstable]).toEqual(expected ? ['a'] : []);
    expect(secondary.tags).toEqual(again.tags);
  });
});

it('keeps the tags that were not read again, in byte order', () => {
  const before = snapshot({ B: image('B'), a: image('x'), z: image('z') });
  const { secondary } = settleSecondary(before, snapshot({ a: image('a') }), ['a']);
  expect(secondary.tags.map(({ name }) => name)).toEqual(['B', 'a', 'z']);
  expect(secondary.firstPage).toBe(3);
});

describe('a second reading that failed', () => {
  const primary = snapshot({ a: image('new'), b: image('b') });
  const before = snapshot({ a: image('old'), b: image('b') });

  it('for the whole list leaves the tags without a verdict, never absent', () => {
    const pair = settleSecondary(before, unreadable('DENIED', 403), ['a'], primary);
    expect([...pair.unstable]).toEqual([]);
    const report = classifyRepository(pair.primary, pair.secondary);
    expect(report.tags.map(({ name, status }) => [name, status])).toEqual([['b', 'MATCH']]);
    expect(report).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', status: 403, tags: ['a'] }],
    });
    expect(report.checksums.wide.secondary).toBeNull();
  });

  it('for one tag leaves that tag without a verdict', () => {
    const pair = settleSecondary(before, snapshot({}, failed(['a'])), ['a'], primary);
    expect([...pair.unstable]).toEqual([]);
    const report = classifyRepository(pair.primary, pair.secondary);
    expect(report.tags.map(({ name }) => name)).toEqual(['b']);
    expect(report.verdict).toBe('INCOMPLETE');
  });

  it('does not heal a first reading that failed for another tag', () => {
    const half = snapshot({ a: image('old') }, failed(['b']));
    const pair = settleSecondary(half, snapshot({ a: image('new') }), ['a'], primary);
    const report = classifyRepository(pair.primary, pair.secondary);
    expect(report.tags.map(({ name, status }) => [name, status])).toEqual([['a', 'MATCH']]);
    expect(report).toMatchObject({ verdict: 'INCOMPLETE', checksums: { wide: { secondary: null } } });
  });
});

describe('a repository', () => {
  const primary = snapshot({ a: image('a') });

  it('that came in the pause is present', () => {
    const { secondary } = settleSecondary(unknown(), snapshot({ a: image('a') }), ['a'], primary);
    expect(secondary.present).toBe(true);
  });

  it('that went in the pause is not', () => {
    const { secondary, unstable } = settleSecondary(snapshot({ a: image('b') }), unknown(), ['a'], primary);
    expect(secondary).toMatchObject({ present: false, tags: [] });
    expect([...unstable]).toEqual(['a']);
  });

  it('that went as a whole has no tag any more, read again or not', () => {
    const before = snapshot({ a: image('a'), b: image('x') });
    const settled = settleSecondary(before, unknown(), ['b']);
    expect(settled.secondary).toMatchObject({ present: false, tags: [] });
    expect([...settled.unstable].sort()).toEqual(['a', 'b']);
    const report = classifyRepository(settled.primary, settled.secondary);
    expect(report.counts).toMatchObject({ MATCH: 0, 'PRIMARY-ONLY': 2 });
  });

  it('whose list failed again stays what it was', () => {
    const { secondary } = settleSecondary(
      snapshot({ a: image('b') }),
      unreadable('TIMEOUT', null),
      ['a'],
      primary,
    );
    expect(secondary.present).toBe(true);
  });
});

it('does not take a tag that came for one beyond the first page, and does not forget those beyond it', () => {
  const grown = settleSecondary(snapshot({ b: image('b') }), snapshot({ a: image('a') }), ['a']);
  expect(grown.secondary.firstPage).toBe(2);
  const paged = snapshot({ a: image('x'), b: image('b') }, { firstPage: 1 });
  expect(settleSecondary(paged, snapshot({ a: image('a') }), ['a']).secondary.firstPage).toBe(1);
});

it('takes the later GitLab v1 listing, and none rather than an older one', () => {
  const before = snapshot({ a: image('x') }, { gitlabV1: [['a', digest('x')]] });
  const later = snapshot({ a: image('a') }, { gitlabV1: [['a', digest('a')]] });
  expect(settleSecondary(before, later, ['a']).secondary.gitlabV1).toEqual([['a', digest('a')]]);
  expect(settleSecondary(before, snapshot({ a: image('a') }), ['a']).secondary.gitlabV1).toBeNull();
});
