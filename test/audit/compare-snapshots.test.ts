import { describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../src/audit/compare-snapshots.ts';
import { UsageError } from '../../src/errors.ts';
import { repositoryReport } from '../../src/report/report.ts';
import type { Snapshot } from '../../src/report/snapshot.ts';
import { repositoryChecksum } from '../../src/verifier/repository-checksum.ts';
import { sealed, snapshotFile } from '../report/snapshots.ts';
import { digest, image, index, narrow, PATH, snapshot, unreadable } from './support/snapshots.ts';

const TAGS = { latest: 'a', old: 'b' };
const LIVE = repositoryChecksum([
  ['latest', digest('a')],
  ['old', digest('b')],
]);
const OTHER = 'f'.repeat(64);

describe('compareSnapshots', () => {
  it('compares two equal sites', () => {
    const [report] = compareSnapshots(snapshotFile(TAGS), snapshotFile(TAGS));
    expect(report).toMatchObject({ path: PATH, verdict: 'IN-SYNC', errors: [], causes: [] });
    expect(repositoryReport().parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('sorts by path in byte order', () => {
    const paths = ['b', 'a/b', 'a-b', 'a'];
    const all = sealed(paths.map((path) => snapshot({ v1: image('a') }, { path })));
    expect(compareSnapshots(all, all).map(({ path }) => path)).toEqual(['a', 'a-b', 'a/b', 'b']);
  });

  it('hides tags by the filter, never from the checksums', () => {
    const [report] = compareSnapshots(snapshotFile(TAGS), snapshotFile({ ...TAGS, old: 'c' }), {
      isShown: (name) => name === 'latest',
    });
    expect(report).toMatchObject({ verdict: 'OUT-OF-SYNC', counts: { total: 1, MATCH: 1 } });
    expect(report?.checksums.wide).toMatchObject({ primary: LIVE, equal: false });
  });

  it.each([
    ['primary', snapshotFile(TAGS), sealed([])],
    ['secondary', sealed([]), snapshotFile(TAGS)],
  ])(
    'says that a repository is in the %s snapshot alone, and calls none of its tags absent',
    (site, one, other) => {
      const [report, ...rest] = compareSnapshots(one, other);
      const lacking = site === 'primary' ? 'secondary' : 'primary';
      expect(rest).toEqual([]);
      expect(report).toMatchObject({
        path: PATH,
        verdict: 'INCOMPLETE',
        tags: [],
        presence: { [site]: true, [lacking]: null },
        errors: [
          {
            site: lacking,
            code: 'NOT_IN_SNAPSHOT',
            message: `the ${lacking} snapshot does not hold ${PATH}`,
          },
        ],
      });
      expect(report?.checksums.wide).toMatchObject({ [site]: LIVE, [lacking]: null, equal: null });
    },
  );

  it('keeps what a site failed to give', () => {
    const [report] = compareSnapshots(snapshotFile(TAGS), sealed([unreadable('TIMEOUT', null)]));
    expect(report).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ site: 'secondary', code: 'TIMEOUT' }],
    });
  });

  it.each<[string, Partial<Snapshot>, Partial<Snapshot>, string]>([
    [
      'a snapshot of the secondary in the first place',
      { side: 'secondary' },
      {},
      'one.json is a snapshot of the secondary, where one of the primary is expected',
    ],
    [
      'a snapshot of the primary in the second place',
      { side: 'primary' },
      { side: 'primary' },
      'two.json.gz is a snapshot of the primary, where one of the secondary is expected',
    ],
    [
      'two client paths',
      {},
      { run: { ...snapshotFile({}).run, clientPath: 'gitlab-v1' } },
      'one.json was read by docker-v2, two.json.gz by gitlab-v1: two client paths cannot be compared',
    ],
  ])('refuses %s, naming the file', (_, first, second, message) => {
    const compare = () =>
      compareSnapshots(snapshotFile(TAGS, first), snapshotFile(TAGS, second), {
        names: { primary: 'one.json', secondary: 'two.json.gz' },
      });
    expect(compare).toThrow(UsageError);
    expect(compare).toThrow(message);
  });

  it('takes snapshots that are of no side on either', () => {
    expect(compareSnapshots(snapshotFile(TAGS), snapshotFile(TAGS, { side: 'secondary' }))).toHaveLength(1);
  });
});

describe('CHECKSUM_STALE', () => {
  const indexed = snapshot({ v1: index('a'), v2: index('b', narrow('nil')) });
  const sums = {
    wide: repositoryChecksum([
      ['v1', digest('a')],
      ['v2', digest('b')],
    ]),
    narrow: repositoryChecksum([
      ['v1', null],
      ['v2', null],
    ]),
    v1: repositoryChecksum([['v1', digest('x')]]),
  };
  const withV1 = { ...indexed, gitlabV1: [['v1', digest('x')]] as [string, string][] };
  const unread = { ...indexed, complete: { wide: true, narrow: false } };

  it.each([
    ['none is stored', indexed, undefined, false],
    ['the wide one is stored', indexed, sums.wide, false],
    ['the narrow one is stored', indexed, sums.narrow, false],
    ['that of the GitLab v1 API is stored', withV1, sums.v1, false],
    ['that of the GitLab v1 API is stored, and could not be read', indexed, sums.v1, true],
    ['another one is stored', indexed, OTHER, true],
    ['another one is stored, and narrow was not read', unread, OTHER, false],
    ['another one is stored, and nothing was read', unreadable('TIMEOUT', null), OTHER, false],
  ])('when %s: %4$s', (_, repository, stored, stale) => {
    for (const site of ['primary', 'secondary'] as const) {
      const [report] = compareSnapshots(sealed([repository]), sealed([repository]), {
        stored: new Map([[PATH, stored === undefined ? {} : { [site]: stored }]]),
      });
      expect([site, report?.causes.includes('CHECKSUM_STALE')]).toEqual([site, stale]);
      if (stored !== undefined)
        expect(report?.storedChecksums).toEqual({ primary: null, secondary: null, [site]: stored });
    }
  });

  it('is told of the checksum that a snapshot holds, unless the user gives another', () => {
    const holding = sealed([{ ...indexed, storedChecksum: OTHER }]);
    expect(compareSnapshots(holding, sealed([indexed]))[0]?.causes).toContain('CHECKSUM_STALE');
    const given = { stored: new Map([[PATH, { primary: sums.wide }]]) };
    expect(compareSnapshots(holding, sealed([indexed]), given)[0]?.causes).not.toContain('CHECKSUM_STALE');
  });
});
