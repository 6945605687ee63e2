import { describe, expect, it } from 'vitest';
import { diffReports } from '../../src/report/diff-reports.ts';
import type { Report, RepositoryReport } from '../../src/report/report.ts';
import type { TagReport } from '../../src/report/tag-report.ts';
import {
  broken,
  fiftyTwoOfSixtyTwo,
  image,
  index,
  nastyReport,
  report,
  repository,
  tag,
} from '../reporters/fixtures.ts';

const ABSENT = { state: 'absent' } as const;
const KINDS = {
  match: tag('t', 'MATCH', image('a'), image('a'), 'MATCH'),
  otherMatch: tag('t', 'MATCH', image('z'), image('z'), 'MATCH'),
  mismatch: tag('t', 'MISMATCH', image('a'), image('b'), 'MISMATCH'),
  otherMismatch: tag('t', 'MISMATCH', image('c'), image('b'), 'MISMATCH'),
  primaryOnly: tag('t', 'PRIMARY-ONLY', image('a'), ABSENT, 'PRIMARY-ONLY'),
  secondaryOnly: tag('t', 'SECONDARY-ONLY', ABSENT, image('a'), 'SECONDARY-ONLY'),
  unresolvable: tag('t', 'UNRESOLVABLE', broken(404, 'gone', null), image('a'), 'MISMATCH'),
} satisfies Record<string, TagReport>;
type Kind = keyof typeof KINDS;

function one(kind: Kind | null, verdict?: RepositoryReport['verdict'], options = {}): Report {
  const tags = kind === null ? [] : [KINDS[kind]];
  const healthy = tags.every(({ status }) => status === 'MATCH');
  const base = report([repository('g/p', verdict ?? (healthy ? 'IN-SYNC' : 'OUT-OF-SYNC'), tags)]);
  return report([...base.repositories], { run: { ...base.run, options } });
}

const NONE = { fixed: 0, new: 0, still: 0, changed: 0, unread: 0 };

describe('a tag', () => {
  it.each<[Kind | null, Kind | null, keyof typeof NONE | null, boolean]>([
    ['match', 'match', null, false],
    ['match', 'otherMatch', null, false],
    ['match', null, null, false],
    [null, 'match', null, false],
    [null, null, null, false],
    ['match', 'mismatch', 'new', true],
    [null, 'secondaryOnly', 'new', true],
    ['mismatch', 'match', 'fixed', false],
    ['unresolvable', 'match', 'fixed', false],
    ['secondaryOnly', null, 'fixed', false],
    ['mismatch', 'mismatch', 'still', false],
    ['mismatch', 'otherMismatch', 'changed', false],
    ['mismatch', 'primaryOnly', 'changed', false],
    ['primaryOnly', 'mismatch', 'changed', true],
    ['mismatch', 'unresolvable', 'changed', true],
    ['unresolvable', 'secondaryOnly', 'changed', false],
  ])('that was %s and is %s counts as %s; worse: %s', (was, is, kind, worse) => {
    const diff = diffReports(one(was), one(is));
    expect(diff.totals).toEqual(kind === null ? NONE : { ...NONE, [kind]: 1 });
    expect(diff.worse).toBe(worse);
  });
});

describe('what was not read', () => {
  it.each<Kind>(['mismatch', 'primaryOnly', 'secondaryOnly', 'unresolvable'])(
    'leaves a tag that was %s unread, never fixed',
    (was) => {
      const diff = diffReports(one(was), one(null, 'INCOMPLETE'));
      expect(diff).toMatchObject({ totals: { ...NONE, unread: 1 }, worse: true });
    },
  );

  it('is a repository that the later report does not have', () => {
    const diff = diffReports(one('mismatch'), report([]));
    expect(diff).toMatchObject({ totals: { ...NONE, unread: 1 }, worse: true });
    expect(diff.repositories.at(0)).toMatchObject({ verdictBefore: 'OUT-OF-SYNC', verdictAfter: null });
  });

  it('is worse than in sync, even when no tag is named', () => {
    expect(diffReports(one('match'), one(null, 'INCOMPLETE')).worse).toBe(true);
    expect(diffReports(report([]), one(null, 'INCOMPLETE')).worse).toBe(true);
    expect(diffReports(one(null, 'INCOMPLETE'), one(null, 'INCOMPLETE')).worse).toBe(false);
  });

  it('still counts a tag as fixed that was read beside one that was not', () => {
    expect(diffReports(one('mismatch'), one('match', 'INCOMPLETE')).totals).toEqual({ ...NONE, fixed: 1 });
  });
});

describe('a filter', () => {
  it.each([
    ['of the later report', {}, { include: ['^v'] }, 'unread'],
    ['another one', { include: ['^v'] }, { include: ['^w'] }, 'unread'],
    ['an exclusion', {}, { exclude: ['^t'] }, 'unread'],
    ['redacted in both', { include: ['redacted'] }, { include: ['redacted'] }, 'unread'],
    ['the same', { include: ['^t'] }, { include: ['^t'] }, 'fixed'],
    ['of the earlier alone', { include: ['^t'] }, { include: [], exclude: [] }, 'fixed'],
  ])('%s makes a tag that is gone count as it may', (_, was, is, kind) => {
    const diff = diffReports(one('secondaryOnly', undefined, was), one(null, undefined, is));
    expect(diff.totals).toEqual({ ...NONE, [kind]: 1 });
  });
});

describe('reports', () => {
  it('that are equal have nothing worse and everything still', () => {
    const bad = nastyReport();
    const diff = diffReports(bad, bad);
    const differing = bad.summary.tags.total - bad.summary.tags.MATCH;
    expect(diff).toMatchObject({ totals: { ...NONE, still: differing }, worse: false });
  });

  it('of 52 tags before and after a fix: 52 fixed, nothing worse', () => {
    const before = fiftyTwoOfSixtyTwo();
    const after = report(
      before.repositories.map((one) =>
        repository(
          one.path,
          'IN-SYNC',
          one.tags.map(({ name }) => tag(name, 'MATCH', index(name), index(name), 'MATCH')),
        ),
      ),
    );
    const diff = diffReports(before, after);
    expect(diff).toMatchObject({ totals: { ...NONE, fixed: 52 }, worse: false });
    const names = diff.repositories.at(0)?.fixed.map(({ name }) => name) ?? [];
    expect(names).toEqual([...names].sort());
    expect(diffReports(after, before)).toMatchObject({ totals: { ...NONE, new: 52 }, worse: true });
  });

  it('whose verdict alone changed are told', () => {
    const diff = diffReports(one('match'), one('match', 'OUT-OF-SYNC'));
    expect(diff).toMatchObject({ totals: NONE, worse: true });
    expect(diff.repositories).toHaveLength(1);
    expect(diffReports(one('match', 'OUT-OF-SYNC'), one('match')).worse).toBe(false);
  });
});
