import { describe, expect, it } from 'vitest';
import { diffReports } from '../../src/report/diff-reports.ts';
import { DIFF_REPORTERS, type DiffFormat } from '../../src/reporters/diff/index.ts';
import {
  broken,
  fiftyTwoOfSixtyTwo,
  image,
  index,
  nastyReport,
  report,
  repository,
  tag,
} from './fixtures.ts';
import { expectGolden } from './golden.ts';

const write = (format: DiffFormat, diff: ReturnType<typeof diffReports>) =>
  [...DIFF_REPORTERS[format](diff)].join('');

/** Every kind of change, under names that attack every format. */
function hostile() {
  const before = nastyReport();
  const mixed = before.repositories.find(({ path }) => path === 'group/mixed');
  const names = mixed?.tags.map(({ name }) => name) ?? [];
  const after = report([
    ...before.repositories
      .filter(({ path }) => path !== 'group/mixed' && path !== 'group/quiet')
      .map((one) => ({ ...one, verdict: one.verdict === 'IN-SYNC' ? ('INCOMPLETE' as const) : one.verdict })),
    repository(
      'group/mixed',
      'OUT-OF-SYNC',
      names.flatMap((name, at) => [
        ...(at % 4 === 0 ? [tag(name, 'MATCH', image('same'), image('same'), 'MATCH')] : []),
        ...(at % 4 === 1 ? [tag(name, 'UNRESOLVABLE', broken(404, 'gone', null), image('x'), null)] : []),
        ...(at % 4 === 2 ? (mixed?.tags.filter((one) => one.name === name) ?? []) : []),
      ]),
    ),
  ]);
  return diffReports(before, after);
}

function fixed() {
  const before = fiftyTwoOfSixtyTwo();
  const repositories = before.repositories.map((one) =>
    repository(
      one.path,
      'IN-SYNC',
      one.tags.map(({ name }) => tag(name, 'MATCH', index(name), index(name), 'MATCH')),
    ),
  );
  const base = report(repositories);
  return diffReports(
    before,
    report(repositories, { run: { ...base.run, finishedAt: '2026-11-22T01:10:00.000Z' } }),
  );
}

describe.each<[DiffFormat, string]>([
  ['table', 'diff.txt'],
  ['json', 'diff.json'],
  ['markdown', 'diff.md'],
])('the difference as %s', (format, golden) => {
  it('looks as it always did, whatever names are', () => {
    expectGolden(golden, write(format, hostile()));
  });

  it('is a success note after a fix', () => {
    expectGolden(golden.replace('diff', 'diff-fixed'), write(format, fixed()));
  });

  it('holds nothing that a terminal obeys', () => {
    const text = write(format, hostile());
    // A control but the newline, a mark that reorders text, or one that hides.
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\ufeff]/u);
  });
});

describe('the table', () => {
  it('lists 200 tags of a kind and counts the rest', () => {
    const tags = Array.from({ length: 250 }, (_, at) =>
      tag(`v${at}`, 'MISMATCH', image(`a${at}`), image('b'), 'MISMATCH'),
    );
    const text = write('table', diffReports(report([]), report([repository('g/p', 'OUT-OF-SYNC', tags)])));
    expect(text.match(/ {4}v\d+ /g)).toHaveLength(200);
    expect(text).toContain('    and 50 more (--format json has them all)\n');
    expect(text).toMatch(/Something got worse\.\n$/);
  });

  it('of nothing is the sentence alone', () => {
    expect(write('table', diffReports(report([]), report([])))).toMatch(/^Between [^\n]*\n$/);
  });
});

describe('Markdown', () => {
  it('runs no HTML and breaks out of no table, whatever names are', () => {
    const text = write('markdown', hostile());
    expect(text).not.toContain('<script');
    expect(text).not.toContain('](javascript');
    const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes(' -> '));
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(row.match(/\|/g)).toHaveLength(4);
    const count = (word: string) => text.split(word).length - 1;
    expect(count('<details>')).toBe(count('</details>'));
    expect(count('<summary>')).toBe(count('</summary>'));
  });

  it('is cut with a note where GitLab would refuse it', () => {
    const tags = Array.from({ length: 30_000 }, (_, at) =>
      tag(`version-with-a-long-name-${at}`, 'MISMATCH', image(`a${at}`), image('b'), 'MISMATCH'),
    );
    const text = write('markdown', diffReports(report([]), report([repository('g/p', 'OUT-OF-SYNC', tags)])));
    expect(text.length).toBeLessThanOrEqual(1_048_576);
    expect(text).toMatch(/<\/details>\s+\*Cut here: /);
  });
});

it('is JSON that says what it is', () => {
  expect(JSON.parse(write('json', fixed()))).toMatchObject({
    schemaVersion: 1,
    kind: 'diff',
    worse: false,
    totals: { fixed: 52 },
    after: { verdict: 'IN-SYNC' },
  });
});
