import { describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../src/audit/compare-snapshots.ts';
import { snapshotFromTuples } from '../../src/audit/snapshot-from-tuples.ts';
import { UsageError } from '../../src/errors.ts';
import { snapshotSchema } from '../../src/report/snapshot.ts';
import { EMPTY_CHECKSUM, repositoryChecksum, type TagTuple } from '../../src/verifier/repository-checksum.ts';
import { sealed, snapshotFile } from '../report/snapshots.ts';
import { digest, PATH } from './support/snapshots.ts';

const TUPLES: TagTuple[] = [
  ['old', null],
  ['Zeta', digest('z')],
  ['latest', digest('a')],
];
const URL = 'https://registry.example.com';

function fileOf(tuples: readonly TagTuple[], accept: 'narrow' | 'wide') {
  const { repositories, identity } = snapshotFromTuples(PATH, tuples, accept, URL);
  return sealed(repositories, { site: identity });
}

describe('tuples read widely', () => {
  const file = fileOf(TUPLES, 'wide');

  it('are a snapshot of the published shape, sorted by bytes', () => {
    expect(snapshotSchema().parse(file)).toEqual(file);
    expect(file.repositories.at(0)?.tags.map(({ name }) => name)).toEqual(['Zeta', 'latest', 'old']);
  });

  it('give verdicts and the wide checksum, and nothing narrow', () => {
    const [report] = compareSnapshots(file, snapshotFile({ Zeta: 'z', latest: 'other', old: 'o' }));
    expect(report?.tags.map(({ name, status }) => [name, status])).toEqual([
      ['Zeta', 'MATCH'],
      ['latest', 'MISMATCH'],
      ['old', 'UNRESOLVABLE'],
    ]);
    expect(report?.checksums).toMatchObject({
      wide: { primary: repositoryChecksum(TUPLES), equal: false },
      narrow: { primary: null, equal: null },
    });
    expect(
      report?.tags.every(
        ({ silentlySkipped, narrowStatus }) => silentlySkipped === null && narrowStatus === null,
      ),
    ).toBe(true);
    expect(report?.counts.silentlySkipped).toBeNull();
  });

  it('of nothing are a repository without tags', () => {
    const [report] = compareSnapshots(fileOf([], 'wide'), fileOf([], 'wide'));
    expect(report).toMatchObject({
      verdict: 'IN-SYNC',
      checksums: { wide: { primary: EMPTY_CHECKSUM, equal: true } },
    });
  });
});

describe('tuples read narrowly', () => {
  it('give the narrow checksum and no verdict on any tag', () => {
    const [report] = compareSnapshots(
      fileOf(TUPLES, 'narrow'),
      snapshotFile({ Zeta: 'z', latest: 'a', old: 'o', more: 'm' }),
    );
    expect(report).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'primary', code: 'NARROW_ONLY', tags: ['Zeta', 'latest', 'old'] }],
      checksums: { narrow: { primary: repositoryChecksum(TUPLES) }, wide: { primary: null, equal: null } },
    });
    expect(report?.tags.map(({ name }) => name).filter((name) => name !== 'more')).toEqual([]);
  });

  it('agree with a narrow reader of the same tags', () => {
    const [report] = compareSnapshots(fileOf([['a', digest('a')]], 'narrow'), snapshotFile({ a: 'a' }));
    expect(report?.checksums.narrow.equal).toBe(true);
    expect(report?.verdict).toBe('INCOMPLETE');
  });
});

it.each<[string, TagTuple[], string]>([
  ['a name that no tag can have', [['a/b', null]], '--from-tuples: "a/b" cannot be a tag'],
  ['an empty name', [['', null]], '--from-tuples: "" cannot be a tag'],
  ['a digest that is none', [['a', 'nil']], '--from-tuples: the digest of a is not one'],
  ['a digest in capitals', [['a', digest('a').toUpperCase()]], '--from-tuples: the digest of a is not one'],
  [
    'a tag twice',
    [
      ['a', null],
      ['b', null],
      ['a', digest('a')],
    ],
    '--from-tuples: a is there twice',
  ],
])('refuses %s', (_, tuples, message) => {
  for (const accept of ['narrow', 'wide'] as const) {
    const make = () => snapshotFromTuples(PATH, tuples, accept, URL);
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  }
});
