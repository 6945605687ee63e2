import { createHash } from 'node:crypto';
import { compareBytes } from '../../src/core/byte-order.ts';
import { MediaType } from '../../src/core/media-types.ts';
import { reportDigest } from '../../src/report/canonical.ts';
import { type Report, type RepositoryReport, reportSchema, VERDICTS } from '../../src/report/report.ts';
import { type NarrowStatus, STATUSES, type Status, type TagReport } from '../../src/report/tag-report.ts';

type Reading = TagReport['primary'];
type Narrow = Extract<Reading, { state: 'resolved' }>['narrow'];

export const sha = (text: string): string => `sha256:${hex(text)}`;
const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

const ABSENT: Reading = { state: 'absent' };
const nil = (status: number | null): Narrow => ({
  state: 'unresolvable',
  digest: null,
  status,
  probed: status !== null,
});
const seen = (digest: string, probed = false): Narrow => ({
  state: 'resolved',
  digest,
  status: probed ? 200 : null,
  probed,
});

/** An OCI index, which narrow cannot have. */
export const index = (content: string): Reading => ({
  state: 'resolved',
  digest: sha(content),
  mediaType: MediaType.ociIndex,
  narrow: nil(404),
});

/** A Docker list, which narrow sees as its linux/amd64 child. */
const list = (content: string, child: string): Reading => ({
  state: 'resolved',
  digest: sha(content),
  mediaType: MediaType.dockerList,
  narrow: seen(sha(child), true),
});

export const image = (content: string, mediaType: string | null = MediaType.ociManifest): Reading => ({
  state: 'resolved',
  digest: sha(content),
  mediaType,
  narrow: seen(sha(content)),
});

export const broken = (status: number, reason: string, code: string | null): Reading => ({
  state: 'unresolvable',
  digest: null,
  mediaType: null,
  status,
  reason,
  code,
  narrow: nil(null),
});

export function tag(
  name: string,
  status: Status,
  primary: Reading,
  secondary: Reading,
  narrowStatus: NarrowStatus | null,
  more: Partial<TagReport> = {},
): TagReport {
  const silentlySkipped = narrowStatus === null ? null : narrowStatus === 'MATCH' && status !== 'MATCH';
  return {
    name,
    status,
    primary,
    secondary,
    narrowStatus,
    silentlySkipped,
    unstable: false,
    causes: [],
    ...more,
  };
}

export const NOT_READ = { primary: null, secondary: null, equal: null };
export const equalPair = (text: string) => ({ primary: hex(text), secondary: hex(text), equal: true });
export const differentPair = (text: string) => ({
  primary: hex(`${text} 1`),
  secondary: hex(`${text} 2`),
  equal: false,
});

/** A repository with its tags sorted and counted. */
export function repository(
  path: string,
  verdict: RepositoryReport['verdict'],
  tags: TagReport[],
  more: Partial<RepositoryReport> = {},
): RepositoryReport {
  const narrowRead = tags.every((one) => one.silentlySkipped !== null);
  return {
    path,
    verdict,
    presence: { primary: true, secondary: true },
    errors: [],
    checksums: { wide: equalPair(path), narrow: equalPair(`${path} narrow`), gitlabV1: NOT_READ },
    counts: {
      ...countsOf(tags),
      silentlySkipped: narrowRead ? tags.filter((one) => one.silentlySkipped).length : null,
    },
    causes: [],
    tags: tags.toSorted((a, b) => compareBytes(a.name, b.name)),
    ...more,
  };
}

function countsOf(tags: readonly TagReport[]): Report['summary']['tags'] {
  const of = (status: Status) => tags.filter((one) => one.status === status).length;
  const entries = STATUSES.map((status) => [status, of(status)] as const);
  return reportSchema().shape.summary.shape.tags.parse({
    total: tags.length,
    ...Object.fromEntries(entries),
  });
}

/** A whole report around repositories, summed up and digested, and checked against the schema. */
export function report(repositories: RepositoryReport[], more: Partial<Report> = {}): Report {
  const of = (verdict: RepositoryReport['verdict']) =>
    repositories.filter((one) => one.verdict === verdict).length;
  const skipped = repositories.map((one) => one.counts.silentlySkipped);
  const site = (url: string) => ({
    url,
    registry: {
      vendor: 'distribution' as const,
      version: null,
      features: [],
      database: null,
      gitlabV1: false,
      tagDelete: 'unknown' as const,
    },
  });
  const content: Omit<Report, 'reportDigest'> = {
    schemaVersion: 1,
    tool: { name: 'geo-registry-audit', version: '1.0.0' },
    run: {
      command: 'scan',
      startedAt: '2026-11-21T23:58:44.120Z',
      finishedAt: '2026-11-21T23:59:02.007Z',
      clientPath: 'docker-v2',
      interrupted: false,
      options: {},
    },
    sites: {
      primary: site('https://primary.example.com:5050'),
      secondary: site('https://secondary.example.com:5050'),
    },
    summary: {
      verdict: VERDICTS.toReversed().find((verdict) => of(verdict) > 0) ?? 'IN-SYNC',
      repositories: {
        total: repositories.length,
        'IN-SYNC': of('IN-SYNC'),
        'OUT-OF-SYNC': of('OUT-OF-SYNC'),
        INCOMPLETE: of('INCOMPLETE'),
      },
      tags: countsOf(repositories.flatMap((one) => [...one.tags])),
      silentlySkipped: skipped.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
    },
    repositories: repositories.toSorted((a, b) => compareBytes(a.path, b.path)),
    fix: null,
    ...more,
  };
  return reportSchema().parse({ ...content, reportDigest: reportDigest(content) });
}

/** The case of gitlab-org/gitlab#600486: 62 tags, of which 52 are indexes that differ and narrow sees nothing. */
export function fiftyTwoOfSixtyTwo(): Report {
  const causes = ['FALSE_MATCH_NIL', 'NARROW_HIDES_INDEX'];
  const indexes = Array.from({ length: 52 }, (_, i) =>
    tag(`v1.${i}.0`, 'MISMATCH', index(`${i} new`), index(`${i} old`), 'MATCH', { causes }),
  );
  const images = Array.from({ length: 10 }, (_, i) =>
    tag(`base-${i}`, 'MATCH', image(`base ${i}`), image(`base ${i}`), 'MATCH'),
  );
  const checksums = { wide: differentPair('wide'), narrow: equalPair('narrow'), gitlabV1: NOT_READ };
  return report([repository('group/project', 'OUT-OF-SYNC', [...indexes, ...images], { checksums, causes })]);
}

const ESC = '\u001b';
const HOSTILE = {
  terminal: `up${ESC}[2J${ESC}]0;owned\u0007\u009b31m`,
  bidi: 'safe\u202egpj.exe\u200b\ufeff',
  script: '<script>alert("1")</script>',
  formula: "=cmd|' /C calc'!A0",
  link: '](javascript:alert(1))',
  lines: 'one\r\ntwo\nthree\ttab, "quoted", `code` | pipe',
};

/** Every verdict, every kind of reading, an error of every shape, and text that attacks every format. */
export function nastyReport(): Report {
  const long = `sha256-${'ab'.repeat(32)}.sig`;
  const mixed = [
    tag('latest', 'MISMATCH', index('i1'), index('i2'), 'MATCH', {
      causes: ['FALSE_MATCH_NIL', 'NARROW_HIDES_INDEX'],
    }),
    tag('list', 'MISMATCH', list('l1', 'amd64'), list('l2', 'amd64'), 'MATCH', {
      causes: ['FALSE_MATCH_CHILD', 'NARROW_REWRITES_LIST'],
    }),
    tag('half', 'MISMATCH', index('h1'), image('h2'), 'SECONDARY-ONLY', {
      causes: ['NARROW_HIDES_INDEX'],
      unstable: true,
    }),
    tag('new', 'PRIMARY-ONLY', image('new', null), ABSENT, 'PRIMARY-ONLY', { causes: ['NOT_REPLICATED'] }),
    tag('old', 'SECONDARY-ONLY', ABSENT, image('old', MediaType.dockerSchema1), 'SECONDARY-ONLY', {
      causes: ['ORPHAN'],
    }),
    tag(
      'dangling',
      'UNRESOLVABLE',
      broken(404, `gone ${HOSTILE.terminal}`, 'MANIFEST_UNKNOWN'),
      image('d'),
      null,
      {
        causes: ['MISSING_REVISION'],
      },
    ),
    tag(
      'broken',
      'UNRESOLVABLE',
      broken(500, 'UNKNOWN', null),
      broken(404, 'gone', 'MANIFEST_UNKNOWN'),
      'MATCH',
    ),
    tag('fine', 'MATCH', image('fine'), image('fine'), 'MATCH'),
    tag(long, 'MATCH', image('sig'), image('sig'), 'MATCH'),
    tag(`${long}2`, 'PRIMARY-ONLY', image('sig2', MediaType.ociArtifact), ABSENT, 'PRIMARY-ONLY'),
    ...Object.values(HOSTILE).map((name) =>
      tag(name, 'MISMATCH', image(`1${name}`, name), image(`2${name}`, 'text/html'), 'MISMATCH', {
        causes: ['MOVED_TAG'],
      }),
    ),
    tag('-dash', 'MATCH', image('x'), image('x'), 'MATCH'),
    tag('@at', 'MATCH', image('x'), image('x'), 'MATCH'),
    tag('+plus', 'MATCH', image('x'), image('x'), 'MATCH'),
    tag('\ttab', 'MATCH', image('x'), image('x'), 'MATCH'),
    tag('日本語のタグ', 'MATCH', image('x'), image('x'), 'MATCH'),
  ];
  const repositories = [
    repository('group/mixed', 'OUT-OF-SYNC', mixed, {
      checksums: {
        wide: differentPair('wide'),
        narrow: { ...differentPair('narrow'), secondary: null, equal: null },
        gitlabV1: equalPair('v1'),
      },
      causes: ['FALSE_MATCH_NIL', 'FALSE_MATCH_CHILD', 'NARROW_HIDES_INDEX', 'ORPHAN'],
    }),
    repository('group/unread', 'INCOMPLETE', [], {
      presence: { primary: null, secondary: null },
      errors: [
        { site: 'primary', code: 'TIMEOUT', status: null, message: `no answer ${HOSTILE.lines}` },
        {
          site: 'secondary',
          code: 'UNAUTHORIZED',
          status: 401,
          message: `${HOSTILE.script} ${HOSTILE.terminal}`,
          hint: 'the token needs the scope repository:group/unread:pull',
          tags: ['a', HOSTILE.bidi, ...Array.from({ length: 12 }, (_, i) => `t${i}`)],
        },
      ],
      checksums: { wide: NOT_READ, narrow: NOT_READ, gitlabV1: NOT_READ },
      causes: ['EMPTY_IS_ERROR'],
    }),
    repository('group/new', 'OUT-OF-SYNC', [tag('v1', 'PRIMARY-ONLY', image('v1'), ABSENT, 'PRIMARY-ONLY')], {
      presence: { primary: true, secondary: false },
      checksums: { wide: differentPair('new'), narrow: differentPair('new'), gitlabV1: NOT_READ },
    }),
    repository(
      `${HOSTILE.formula}${HOSTILE.bidi}${HOSTILE.link}`,
      'OUT-OF-SYNC',
      [tag('x', 'MATCH', image('x'), image('x'), 'MATCH')],
      { checksums: { wide: differentPair('x'), narrow: equalPair('x'), gitlabV1: NOT_READ } },
    ),
    repository('group/quiet', 'IN-SYNC', [tag('v1', 'MATCH', image('q'), image('q'), 'MATCH')]),
    repository('group/empty', 'IN-SYNC', [], { causes: ['CLIENT_PATH_ASYMMETRY'] }),
  ];
  const base = report(repositories);
  return report(repositories, {
    run: {
      ...base.run,
      interrupted: true,
      options: { narrow: 'auto', include: [`^v${ESC}[31m`], exclude: [] },
    },
    sites: {
      primary: {
        url: 'https://primary.example.com:5050',
        registry: {
          vendor: 'gitlab',
          version: `4.5.0-gitlab${ESC}[1m`,
          features: ['tag_delete'],
          database: true,
          gitlabV1: true,
          tagDelete: 'yes',
        },
      },
      secondary: base.sites.secondary,
    },
    fix: {
      actions: [
        action('1', 'copy', 'new', 'done', 'copied', 1234),
        action('2', 'delete', 'old', 'skipped', 'moved since the plan', 0),
        action('3', 'none', 'broken', 'skipped', 'UNRESOLVABLE on primary: nothing to copy from', 0),
        action('4', 'copy', HOSTILE.formula, 'failed', HOSTILE.terminal, 0),
      ],
      before: {},
      after: {},
      verified: false,
    },
  });
}

type Action = NonNullable<Report['fix']>['actions'][number];

export function action(
  id: string,
  type: Action['type'],
  tagName: string,
  outcome: Action['outcome'],
  detail: string,
  bytes: number,
): Action {
  return { id, repository: 'group/mixed', type, tag: tagName, outcome, detail, bytes };
}
