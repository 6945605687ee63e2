import { describe, expect, it } from 'vitest';
import type { Forecast, ReadingForecast } from '../../src/report/forecast.ts';
import type { RepositoryReport } from '../../src/report/report.ts';
import { columnsOf } from '../../src/reporters/escape-terminal.ts';
import { tableReporter } from '../../src/reporters/table.ts';
import { image, report, repository, sha, tag } from './fixtures.ts';

const none = { count: 0, tags: [] };
const idle: ReadingForecast = {
  copy: none,
  uncopyable: none,
  delete: none,
  replaced: 0,
  undeletable: none,
  skip: { count: 1, differing: 0 },
};
const quiet: Forecast = { narrow: idle, wide: idle, endangered: [], endangeredTags: 0, undone: none };

const moved = { ...tag('v1', 'MISMATCH', image('1'), image('2'), 'MISMATCH'), causes: ['MOVED_TAG'] };
const textOf = (
  more: Partial<RepositoryReport>,
  width: number | null = null,
  verdict = 'OUT-OF-SYNC' as const,
) =>
  [
    ...tableReporter(report([repository('a/b', verdict, [moved], { causes: ['MOVED_TAG'], ...more })]), {
      color: false,
      width,
      verbose: false,
    }),
  ].join('');

describe('why, and what next', () => {
  it('has for each cause what it says, what it rests on, and the next step', () => {
    const text = textOf({
      evidence: [
        {
          code: 'MOVED_TAG',
          count: 1,
          tags: ['v1'],
          detail: `v1: primary wide ${sha('1')}; secondary wide ${sha('2')}`,
        },
      ],
    });
    expect(text).toMatch(
      /\n\n {2}why, and what next\n {4}MOVED_TAG {2}1 tag\n {6}Both sites resolve the tag, .*\n {6}seen: v1: primary wide sha256:\w{12}; secondary wide sha256:\w{12}\n {6}next: Reconcile with --fix.*\n/,
    );
  });

  it('says which site the evidence is of, and escapes it', () => {
    const evidence = [
      {
        code: 'EMPTY_IS_ERROR',
        site: 'secondary' as const,
        count: 0,
        tags: [],
        detail: 'HTTP 401 \u001b[2Jx',
      },
    ];
    const text = textOf({ causes: ['EMPTY_IS_ERROR'], evidence });
    expect(text).toContain('seen: secondary: HTTP 401 ');
    expect(text).not.toContain('\u001b');
  });

  it('passes over what it does not know, and says so', () => {
    expect(textOf({ causes: ['FROM_THE_FUTURE'] })).toContain(
      'FROM_THE_FUTURE\n      This version of the tool does not know this cause.\n',
    );
  });

  it('keeps to the width', () => {
    const detail = 'words '.repeat(100).trim();
    const text = textOf({ evidence: [{ code: 'MOVED_TAG', count: 1, tags: ['v1'], detail }] }, 80);
    const [, why = ''] = text.split('why, and what next');
    const [lines = ''] = why.split('\n\n');
    expect(lines.split('\n').length).toBeGreaterThan(8);
    expect(Math.max(...lines.split('\n').map(columnsOf))).toBeLessThanOrEqual(80);
  });
});

describe('Geo beside the truth', () => {
  const busy: ReadingForecast = {
    copy: { count: 3, tags: ['a'] },
    uncopyable: { count: 1, tags: ['a'] },
    delete: { count: 3, tags: ['b'] },
    replaced: 2,
    undeletable: { count: 1, tags: ['c'] },
    skip: { count: 52, differing: 50 },
  };

  it('says what the next sync does for each reader', () => {
    const text = textOf({ forecast: { ...quiet, narrow: busy, wide: null } });
    expect(text).toContain(
      '  Geo sees (narrow)  the next sync copies 3 tags (fails for 1), deletes 1 tag (cannot delete 1) and the old digest of 2 changed tags, skips 52, of which 50 differ\n',
    );
    expect(text).toContain('  truth    (wide)    the next sync is not known: not read\n');
  });

  it('warns of healthy tags that go with a digest, and of copies that are lost again', () => {
    const text = textOf({
      forecast: {
        ...quiet,
        endangered: [
          {
            digest: sha('x'),
            readings: ['wide'],
            deletedFor: { count: 1, tags: ['old'] },
            tags: { count: 7, tags: ['a', 'b'] },
          },
        ],
        endangeredTags: 7,
        undone: { count: 1, tags: ['new'] },
      },
    });
    expect(text).toContain(
      'DANGER: that sync deletes by digest, and 7 tags that match would go with it: a, b and 5 more with old\n',
    );
    expect(text).toContain('  copied and lost again in that sync: new\n');
  });

  it.each<[string, Partial<NonNullable<RepositoryReport['geo']>>, string]>([
    ['its state', {}, '  Geo says synced, 1 of 1 tag differs\n'],
    [
      'a state that is not known',
      { state: null, stateWords: null },
      '  Geo says nothing of its state, 1 of 1 tag differs\n',
    ],
    [
      'its failure',
      { state: 3, stateWords: 'failed', retryCount: 4, lastSyncFailure: 'boom', lastSyncedAt: 'long ago' },
      '  Geo says failed, 1 of 1 tag differs (tried again 4 times; last synced long ago; last failure: boom)\n',
    ],
  ])('sets Geo’s opinion beside it: %s', (_, given, expected) => {
    const geo = {
      state: 2,
      stateWords: 'synced' as const,
      retryCount: 0,
      lastSyncFailure: null,
      lastSyncedAt: null,
      ...given,
    };
    expect(textOf({ geo })).toContain(expected);
  });
});
