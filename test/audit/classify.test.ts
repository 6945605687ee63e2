import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyRepository } from '../../src/audit/classify.ts';
import { narrowStatusOf, statusOf } from '../../src/audit/tag-verdicts.ts';
import {
  ABSENT,
  type ResolvedTag,
  type TagReading,
  type UnresolvableTag,
} from '../../src/core/tag-reading.ts';
import type { RepositoryReport } from '../../src/report/report.ts';
import type { RepositorySnapshot } from '../../src/report/snapshot.ts';
import type { NarrowStatus, Status } from '../../src/report/tag-report.ts';
import { EMPTY_CHECKSUM, repositoryChecksum } from '../../src/verifier/repository-checksum.ts';
import {
  broken,
  digest,
  image,
  index,
  list,
  PATH,
  snapshot,
  unknown,
  unreadable,
} from './support/snapshots.ts';

const STATES = {
  'image A': image('a'),
  'image B': image('b'),
  'index A': index('A'),
  'index B': index('B'),
  'list A of child 1': list('LA', 'child 1'),
  'list B of child 1': list('LB', 'child 1'),
  'list C of child 2': list('LC', 'child 2'),
  'index A, narrow unread': index('A', null),
  broken: broken(),
  absent: ABSENT,
} as const satisfies Record<string, TagReading>;
type State = keyof typeof STATES;

const NIL = ['index A', 'index B', 'broken'];
const CHILD_1 = ['list A of child 1', 'list B of child 1'];

/** The contract's table in other words than the code's: by name of the state, not by reading. */
function expectedStatus(p: State, s: State): Status {
  if (p === 'broken' || s === 'broken') return 'UNRESOLVABLE';
  if (p === 'absent') return 'SECONDARY-ONLY';
  if (s === 'absent') return 'PRIMARY-ONLY';
  return p.split(',')[0] === s.split(',')[0] ? 'MATCH' : 'MISMATCH';
}

function expectedNarrow(p: State, s: State): NarrowStatus | null {
  if (p.endsWith('unread') || s.endsWith('unread')) return null;
  if (p === 'absent') return 'SECONDARY-ONLY';
  if (s === 'absent') return 'PRIMARY-ONLY';
  const same = p === s || [NIL, CHILD_1].some((group) => group.includes(p) && group.includes(s));
  return same ? 'MATCH' : 'MISMATCH';
}

const pairs = (Object.keys(STATES) as State[]).flatMap((p) =>
  (Object.keys(STATES) as State[]).flatMap((s) =>
    p === 'absent' && s === 'absent' ? [] : [[p, s] as const],
  ),
);

function side(state: State): RepositorySnapshot {
  const reading = STATES[state];
  return snapshot(reading.state === 'absent' ? {} : { tag: reading });
}

describe('the verdict on a tag', () => {
  it.each(pairs)('%s on the primary, %s on the secondary', (p, s) => {
    const [tag] = classifyRepository(side(p), side(s)).tags;
    const status = expectedStatus(p, s);
    const narrowStatus = expectedNarrow(p, s);
    expect(statusOf(STATES[p], STATES[s])).toBe(status);
    expect(narrowStatusOf(STATES[p], STATES[s])).toBe(narrowStatus);
    expect(tag).toMatchObject({
      status,
      narrowStatus,
      silentlySkipped: narrowStatus === null ? null : narrowStatus === 'MATCH' && status !== 'MATCH',
      primary: STATES[p],
      secondary: STATES[s],
      unstable: false,
    });
  });
});

const readings = fc.constantFrom(...Object.values(STATES).filter((reading) => reading.state !== 'absent'));
const site = fc.oneof(
  {
    arbitrary: fc
      .dictionary(
        fc.string({ unit: fc.constantFrom('a', 'B', '1', '.'), minLength: 1, maxLength: 3 }),
        readings,
        { noNullPrototype: true },
      )
      .map((tags) => snapshot(tags)),
    weight: 6,
  },
  { arbitrary: fc.constant(unknown()), weight: 1 },
  { arbitrary: fc.constant(unreadable('UNAUTHORIZED', 401)), weight: 1 },
);

const SWAPPED = { 'PRIMARY-ONLY': 'SECONDARY-ONLY', 'SECONDARY-ONLY': 'PRIMARY-ONLY' } as Record<
  string,
  string
>;
const swap = (word: string | null) => (word === null ? null : (SWAPPED[word] ?? word));

/** What a verdict says without saying which site is which. */
function sidesSwapped(report: RepositoryReport) {
  const swapPair = <T>({
    primary,
    secondary,
    equal,
  }: {
    primary: T;
    secondary: T;
    equal: boolean | null;
  }) => ({
    primary: secondary,
    secondary: primary,
    equal,
  });
  return {
    verdict: report.verdict,
    presence: { primary: report.presence.secondary, secondary: report.presence.primary },
    checksums: {
      wide: swapPair(report.checksums.wide),
      narrow: swapPair(report.checksums.narrow),
      gitlabV1: swapPair(report.checksums.gitlabV1),
    },
    counts: {
      ...report.counts,
      'PRIMARY-ONLY': report.counts['SECONDARY-ONLY'],
      'SECONDARY-ONLY': report.counts['PRIMARY-ONLY'],
    },
    tags: report.tags.map((tag) => ({
      name: tag.name,
      status: swap(tag.status),
      narrowStatus: swap(tag.narrowStatus),
      silentlySkipped: tag.silentlySkipped,
      primary: tag.secondary,
      secondary: tag.primary,
    })),
  };
}

describe('properties', () => {
  it('is symmetric: with the sides swapped the same is said of the other side', () => {
    fc.assert(
      fc.property(site, site, (a, b) => {
        const there = classifyRepository(a, b);
        const back = classifyRepository(b, a);
        expect(back).toMatchObject(sidesSwapped(there));
        expect(there).toMatchObject(sidesSwapped(back));
      }),
    );
  });

  it('counts every tag once, in byte order, under one verdict', () => {
    fc.assert(
      fc.property(site, site, (a, b) => {
        const { tags, counts } = classifyRepository(a, b);
        const names = tags.map(({ name }) => name);
        const known = a.present === null || b.present === null ? [] : [...a.tags, ...b.tags];
        expect(new Set(names)).toEqual(new Set(known.map(({ name }) => name)));
        expect(names).toEqual(names.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))));
        expect(counts.total).toBe(names.length);
        expect(
          counts.MATCH +
            counts.MISMATCH +
            counts['PRIMARY-ONLY'] +
            counts['SECONDARY-ONLY'] +
            counts.UNRESOLVABLE,
        ).toBe(names.length);
      }),
    );
  });

  it('never says IN-SYNC when something is not equal or not known', () => {
    fc.assert(
      fc.property(site, site, (a, b) => {
        const report = classifyRepository(a, b);
        if (report.verdict !== 'IN-SYNC') return;
        expect(report.errors).toEqual([]);
        expect(report.tags.every((tag) => tag.status === 'MATCH')).toBe(true);
        expect(report.checksums.wide.equal).toBe(true);
      }),
    );
  });

  it('gives two equal sites a clean bill', () => {
    const clean = fc.dictionary(
      fc.string({ minLength: 1 }),
      fc.constantFrom(image('a'), index('A'), list('L', 'c')),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(clean, (tags) => {
        expect(classifyRepository(snapshot(tags), snapshot(tags))).toMatchObject({
          verdict: 'IN-SYNC',
          causes: [],
          errors: [],
        });
      }),
    );
  });
});

describe('what could not be read', () => {
  it.each([
    ['UNAUTHORIZED', 401],
    ['NOT_FOUND', 404],
    ['TIMEOUT', null],
  ])('a list that failed with %s gives no verdict on any tag, and names the site', (code, status) => {
    const report = classifyRepository(snapshot({ a: image('a'), b: index('b') }), unreadable(code, status));
    expect(report).toMatchObject({
      verdict: 'INCOMPLETE',
      presence: { primary: true, secondary: null },
      tags: [],
      counts: { total: 0 },
      errors: [{ site: 'secondary', code, status }],
    });
    expect(report.checksums.wide).toMatchObject({ secondary: null, equal: null });
    expect(report.checksums.wide.primary).toBe(
      repositoryChecksum([
        ['a', digest('a')],
        ['b', digest('b')],
      ]),
    );
  });

  it('a tag that one site failed to read has no verdict; the others have theirs', () => {
    const secondary = snapshot(
      { b: image('b') },
      {
        errors: [{ code: 'DENIED', status: 403, message: 'no', tags: ['a', 'c'] }],
        complete: { wide: false, narrow: false },
      },
    );
    const report = classifyRepository(snapshot({ a: image('a'), b: image('b') }), secondary);
    expect(report.tags.map(({ name, status }) => [name, status])).toEqual([['b', 'MATCH']]);
    expect(report).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', tags: ['a', 'c'] }],
    });
    expect(report.checksums.wide).toMatchObject({ secondary: null, equal: null });
    expect(report.checksums.narrow).toMatchObject({ secondary: null, equal: null });
  });

  it('a tag whose narrow probe alone failed keeps its wide verdict', () => {
    const secondary = snapshot(
      { a: index('a', null) },
      {
        errors: [{ code: 'TIMEOUT', status: null, message: 'no', tags: ['a'] }],
        complete: { wide: true, narrow: false },
      },
    );
    const report = classifyRepository(snapshot({ a: index('a') }), secondary);
    expect(report.tags).toMatchObject([
      { name: 'a', status: 'MATCH', narrowStatus: null, silentlySkipped: null },
    ]);
    expect(report).toMatchObject({
      verdict: 'INCOMPLETE',
      checksums: { wide: { equal: true }, narrow: { secondary: null, equal: null } },
      counts: { silentlySkipped: null },
    });
  });

  it('keeps both verdicts apart when one error names a tag that was read and one that was not', () => {
    const secondary = snapshot(
      { a: index('a', null) },
      {
        errors: [{ code: 'TIMEOUT', status: null, message: 'no', tags: ['a', 'b'] }],
        complete: { wide: false, narrow: false },
      },
    );
    const { tags } = classifyRepository(snapshot({ a: index('a'), b: index('b') }), secondary);
    expect(tags.map(({ name, status }) => [name, status])).toEqual([['a', 'MATCH']]);
  });
});

describe('a repository that a site does not know', () => {
  const known = snapshot({ a: image('a'), b: index('b') });

  it.each([
    ['secondary', 'PRIMARY-ONLY', known, unknown()],
    ['primary', 'SECONDARY-ONLY', unknown(), known],
  ] as const)(
    'not on the %s: every tag is %s, and the checksum there is that of nothing',
    (lacking, status, p, s) => {
      const report = classifyRepository(p, s);
      expect(report.verdict).toBe('OUT-OF-SYNC');
      expect(report.errors).toEqual([]);
      expect(report.presence[lacking]).toBe(false);
      expect(report.tags.map((tag) => [tag.status, tag.narrowStatus, tag.silentlySkipped])).toEqual([
        [status, status, false],
        [status, status, false],
      ]);
      expect(report.checksums.wide[lacking]).toBe(EMPTY_CHECKSUM);
      expect(report.checksums.narrow[lacking]).toBe(EMPTY_CHECKSUM);
      expect(report.checksums.wide.equal).toBe(false);
    },
  );

  it('on neither site: more likely a mistake than in sync', () => {
    const report = classifyRepository(unknown(), unknown());
    expect(report.verdict).toBe('INCOMPLETE');
    expect(report.errors.map(({ site, code, status }) => [site, code, status])).toEqual([
      ['primary', 'NAME_UNKNOWN', 404],
      ['secondary', 'NAME_UNKNOWN', 404],
    ]);
  });

  it('known to both and without tags: in sync, checksum of nothing', () => {
    const report = classifyRepository(snapshot({}), snapshot({}));
    expect(report).toMatchObject({
      verdict: 'IN-SYNC',
      errors: [],
      counts: { total: 0, silentlySkipped: 0 },
    });
    expect(report.checksums.wide).toEqual({
      primary: EMPTY_CHECKSUM,
      secondary: EMPTY_CHECKSUM,
      equal: true,
    });
  });
});

describe('checksums', () => {
  const primary = { broken: broken(), image: image('i'), index: index('new'), list: list('new', 'child') };
  const secondary = { broken: broken(), image: image('i'), index: index('old'), list: list('old', 'child') };

  it('differ wide and agree narrow: the two silent skips', () => {
    const report = classifyRepository(snapshot(primary), snapshot(secondary));
    expect(report.checksums.wide.equal).toBe(false);
    expect(report.checksums.narrow.equal).toBe(true);
    expect(report.checksums.narrow.primary).toBe(
      repositoryChecksum([
        ['broken', null],
        ['image', digest('i')],
        ['index', null],
        ['list', digest('child')],
      ]),
    );
    expect(report.counts).toMatchObject({ MISMATCH: 2, UNRESOLVABLE: 1, MATCH: 1, silentlySkipped: 3 });
  });

  it('are over all tags, whatever a filter shows', () => {
    const all = classifyRepository(snapshot(primary), snapshot(secondary));
    const shown = classifyRepository(snapshot(primary), snapshot(secondary), {
      isShown: (tag) => tag === 'image',
    });
    expect(shown.checksums).toEqual(all.checksums);
    expect(shown.tags.map(({ name }) => name)).toEqual(['image']);
    expect(shown.counts).toMatchObject({
      total: 1,
      MATCH: 1,
      MISMATCH: 0,
      UNRESOLVABLE: 0,
      silentlySkipped: 0,
    });
    // What is shown is equal, but the checksums are not, and they decide the exit code.
    expect(shown.verdict).toBe('OUT-OF-SYNC');
  });

  it('narrow ones and all that follows from narrow are null when it was not read', () => {
    const off = (text: string) => snapshot({ a: index(text, null), b: { ...image('b'), narrow: null } });
    const report = classifyRepository(off('new'), off('old'));
    expect(report.checksums.narrow).toEqual({ primary: null, secondary: null, equal: null });
    expect(report.tags.map((tag) => [tag.status, tag.narrowStatus, tag.silentlySkipped])).toEqual([
      ['MISMATCH', null, null],
      ['MATCH', null, null],
    ]);
    expect(report.counts.silentlySkipped).toBeNull();
    expect(report.verdict).toBe('OUT-OF-SYNC');
  });

  it('of the GitLab v1 listing stand where a site has one', () => {
    const v1 = snapshot({ a: image('a') }, { gitlabV1: [['a', digest('a')]] });
    const { checksums } = classifyRepository(v1, snapshot({ a: image('a') }));
    expect(checksums.gitlabV1).toEqual({
      primary: repositoryChecksum([['a', digest('a')]]),
      secondary: null,
      equal: null,
    });
    const empty = snapshot({}, { gitlabV1: [] });
    expect(classifyRepository(empty, empty).checksums.gitlabV1).toMatchObject({
      primary: EMPTY_CHECKSUM,
      equal: true,
    });
  });

  it('collide for other tags, and the tags win', () => {
    const report = classifyRepository(snapshot({ a: broken(), b: broken() }), snapshot({ ab: broken() }));
    expect(report.checksums.wide.equal).toBe(true);
    expect(report.verdict).toBe('OUT-OF-SYNC');
  });
});

it('marks the tags that answered otherwise after the pause', () => {
  const tags: Record<string, ResolvedTag | UnresolvableTag> = { a: image('a'), b: image('b') };
  const report = classifyRepository(snapshot(tags), snapshot({ a: image('a') }), {
    unstable: new Set(['b']),
  });
  expect(report.tags.map(({ name, unstable, causes }) => [name, unstable, causes])).toEqual([
    ['a', false, []],
    ['b', true, ['NOT_REPLICATED', 'IN_FLIGHT']],
  ]);
  expect(report.causes).toEqual(['NOT_REPLICATED', 'IN_FLIGHT']);
});

it("keeps a site's words in its errors", () => {
  const error = { code: 'X', status: 503, message: 'm', hint: 'h', tags: ['t'] };
  const report = classifyRepository(
    snapshot({}, { errors: [error], complete: { wide: false, narrow: false } }),
    snapshot({}),
  );
  expect(report.errors).toEqual([{ site: 'primary', ...error }]);
  expect(report.path).toBe(PATH);
});

it('has no checksum to compare for what neither site knows', () => {
  const unknown = {
    path: PATH,
    present: false,
    tags: [],
    errors: [],
    complete: { wide: true, narrow: true },
    firstPage: null,
    gitlabV1: null,
  };
  const { checksums, verdict } = classifyRepository(unknown, unknown);
  expect(verdict).toBe('INCOMPLETE');
  expect(checksums.wide).toEqual({ primary: null, secondary: null, equal: null });
});
