import { expect, it } from 'vitest';
import { classifyRepository } from '../../../src/audit/classify.ts';
import type { DeepReading } from '../../../src/core/deep-reading.ts';
import { MediaType } from '../../../src/core/media-types.ts';
import type { ResolvedTag } from '../../../src/core/tag-reading.ts';
import { CAUSES, type CauseCode } from '../../../src/report/causes.ts';
import { fixCauses, stillHolding } from '../../../src/report/fix-causes.ts';
import type { RepositoryReport } from '../../../src/report/report.ts';
import type { RepositorySnapshot } from '../../../src/report/snapshot.ts';
import { broken, digest, image, index, list, snapshot, unreadable } from '../support/snapshots.ts';

type Options = Parameters<typeof classifyRepository>[2];

const compared = (primary: RepositorySnapshot, secondary: RepositorySnapshot, options?: Options) =>
  classifyRepository(primary, secondary, options);

const deep = (found: Partial<DeepReading>): ResolvedTag => ({
  ...image('a'),
  deep: { complete: true, missing: [], corrupt: [], notes: [], ...found },
});
const missing = (role: DeepReading['missing'][number]['role']) =>
  deep({ missing: [{ digest: digest('gone'), role, mediaType: MediaType.ociManifest, size: 7 }] });
const below = (reading: ResolvedTag) => compared(snapshot({ a: image('a') }), snapshot({ a: reading }));
const V1 = { gitlabV1: [['a', digest('a')]] as [string, string][] };
const refusal = (message: string, status = 401) => ({
  ...unreadable('UNAUTHORIZED', status),
  errors: [{ code: 'UNAUTHORIZED', status, message }],
});

/** For each code the least evidence that shows it, and what its detail must say of it. */
const SCENARIOS: Record<CauseCode, readonly [() => RepositoryReport, RegExp] | string> = {
  NARROW_HIDES_INDEX: [
    () =>
      compared(
        snapshot({
          a: index('1', {
            state: 'unresolvable',
            digest: null,
            status: 404,
            probed: true,
            reason: 'OCI index found',
          }),
        }),
        snapshot({}),
      ),
    /^a: primary wide sha256:\w{64} \(application\/vnd\.oci\.image\.index\.v1\+json\), narrow HTTP 404: OCI index found; secondary does not list it$/,
  ],
  NARROW_REWRITES_LIST: [
    () => compared(snapshot({ a: list('1', 'c') }), snapshot({ a: list('2', 'd') })),
    /narrow HTTP 200 sha256:\w{64}; secondary wide/,
  ],
  FALSE_MATCH_NIL: [
    () => compared(snapshot({ a: index('1') }), snapshot({ a: index('2') })),
    /narrow HTTP 404; secondary wide sha256:\w{64} \([^)]+\), narrow HTTP 404$/,
  ],
  FALSE_MATCH_CHILD: [
    () => compared(snapshot({ a: list('1', 'c') }), snapshot({ a: list('2', 'c') })),
    /narrow HTTP 200 sha256/,
  ],
  CLIENT_PATH_ASYMMETRY: [
    () =>
      compared(snapshot({ a: index('a') }, V1), snapshot({ a: index('a') }), {
        gitlabV1: { primary: true, secondary: false },
      }),
    /the v1 API of the primary gives sha256:\w{64}, the secondary has no v1 API and wide .* narrow HTTP 404/,
  ],
  MOVED_TAG: [
    () =>
      compared(
        snapshot({ a: { ...image('1'), publishedAt: '2026-11-02T00:00:00Z' } }),
        snapshot({ a: { ...image('2'), publishedAt: '2026-11-01T00:00:00Z' } }),
      ),
    /published 2026-11-02T00:00:00Z on the primary, 2026-11-01T00:00:00Z on the secondary: the primary's is newer$/,
  ],
  NOT_REPLICATED: [() => compared(snapshot({ a: image('1') }), snapshot({})), /secondary does not list it/],
  ORPHAN: [
    () => compared(snapshot({}), snapshot({ a: image('1') })),
    /primary does not list it; secondary wide/,
  ],
  ORPHAN_UNDELETABLE: [
    () => compared(snapshot({}), snapshot({ a: broken() })),
    /secondary HTTP 404 MANIFEST_UNKNOWN: manifest unknown/,
  ],
  BROKEN_TAG_LINK: [
    () =>
      compared(
        snapshot({ a: image('1') }),
        snapshot({ a: broken({ status: 500, code: 'UNKNOWN', reason: 'unknown error' }) }),
      ),
    /secondary HTTP 500 UNKNOWN: unknown error/,
  ],
  MISSING_REVISION: [
    () =>
      compared(
        snapshot({ a: image('1') }),
        snapshot({ a: broken({ reason: `manifest unknown (revision=${digest('x')})` }) }),
      ),
    /HTTP 404 MANIFEST_UNKNOWN: manifest unknown \(revision=sha256:\w{64}\)/,
  ],
  BROKEN_INDEX: [() => below(missing('child')), /missing child sha256:\w{64}/],
  HOLLOW_MANIFEST: [() => below(missing('layer')), /missing layer sha256:\w{64}/],
  INVALID_DIGEST: [
    () => below(deep({ corrupt: [{ digest: digest('x'), role: 'config', found: digest('y') }] })),
    /corrupt config sha256:\w{64} is sha256:\w{64}/,
  ],
  SCHEMA1_REFUSED: [
    () => {
      const refused = broken({
        status: 400,
        code: 'MANIFEST_INVALID',
        reason: 'Schema 1 manifest not supported',
      });
      return compared(snapshot({ a: refused }), snapshot({ a: refused }));
    },
    /HTTP 400 MANIFEST_INVALID: Schema 1 manifest not supported/,
  ],
  TAG_LIST_TRUNCATED: [
    () =>
      compared(
        snapshot({ a: image('a'), b: image('b') }, { firstPage: 1 }),
        snapshot({ a: image('a'), b: image('b') }),
      ),
    /^tags\/list\?n=10000 gives 1 tags in its first page and 2 in all$/,
  ],
  EMPTY_IS_ERROR: [
    () => compared(snapshot({}), unreadable('HTTP_503', 503)),
    /^HTTP 503 HTTP_503: could not read/,
  ],
  TOKEN_REFUSED: [
    () =>
      compared(
        snapshot({}),
        refusal('could not read the tag list: authentication required, challenge error="invalid_token"'),
      ),
    /^HTTP 401 UNAUTHORIZED: .* challenge error="invalid_token"$/,
  ],
  CHECKSUM_STALE: [
    () =>
      compared(snapshot({ a: image('a') }, { storedChecksum: 'ab'.repeat(32) }), snapshot({ a: image('a') })),
    /^stored (ab){32}, live wide \w{64}, narrow \w{64}$/,
  ],
  CHECKSUM_COLLISION: [
    () => compared(snapshot({ [`a${digest('x')}b`]: broken() }), snapshot({ a: image('x'), b: broken() })),
    /^wide checksums are both \w{64}; a: primary does not list it/,
  ],
  SYNC_WOULD_DELETE_SIBLING: [
    () => compared(snapshot({ a: image('x') }), snapshot({ a: image('x'), old: image('x') })),
    /^a sync that reads narrow or wide deletes sha256:\w{64} for the sake of old; a matches and has that digest too$/,
  ],
  MEDIA_TYPE_MISSING: [
    () => compared(snapshot({ a: image('b') }), snapshot({ a: deep({ notes: ['MEDIA_TYPE_MISSING'] }) })),
    /./,
  ],
  NO_BLOB_LIST: [
    () => compared(snapshot({ a: image('b') }), snapshot({ a: deep({ notes: ['NO_BLOB_LIST'] }) })),
    /./,
  ],
  SUBJECT_MISSING: [
    () => compared(snapshot({ a: deep({}) }), snapshot({ a: missing('subject') })),
    /missing subject sha256:\w{64}/,
  ],
  BUILDKIT_CACHE: [
    () => compared(snapshot({ a: image('b') }), snapshot({ a: deep({ notes: ['BUILDKIT_CACHE'] }) })),
    /./,
  ],
  FOREIGN_LAYER: [
    () => compared(snapshot({ a: image('b') }), snapshot({ a: deep({ notes: ['FOREIGN_LAYER'] }) })),
    /./,
  ],
  DELETE_DISABLED: 'by a fix, below',
  TAG_DELETE_UNSUPPORTED: 'by a fix, below',
  IN_FLIGHT: [
    () => compared(snapshot({ a: image('1') }), snapshot({ a: image('2') }), { unstable: new Set(['a']) }),
    /^a: primary/,
  ],
  REGISTRY_READ_ONLY: 'by a fix, below',
  DEPENDENCY_PROXY_INDEX: 'by inspect alone: test/audit/inspect',
};

const reported = Object.entries(SCENARIOS).flatMap(([code, scenario]) =>
  typeof scenario === 'string' ? [] : [[code, ...scenario] as const],
);

it.each(reported)('%s is claimed, and shows its evidence', (code, scenario, detail) => {
  const { causes, evidence = [] } = scenario();
  expect(causes).toContain(code);
  expect(evidence.map((one) => one.code)).toContain(code);
  expect(evidence.find((one) => one.code === code)?.detail).toMatch(detail);
  // No cause without evidence, and in the catalogue's order.
  expect([...new Set(evidence.map((one) => one.code))]).toEqual(causes);
  const order = Object.keys(CAUSES);
  expect(causes).toEqual(causes.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
});

it('names a few tags and counts all, with the first as the example', () => {
  const tags = Object.fromEntries(Array.from({ length: 52 }, (_, i) => [`t${i + 10}`, i]));
  const side = (seed: string) =>
    snapshot(Object.fromEntries(Object.keys(tags).map((name) => [name, index(seed + name)])));
  const { evidence = [] } = compared(side('p'), side('s'));
  expect(evidence.find(({ code }) => code === 'FALSE_MATCH_NIL')).toMatchObject({
    count: 52,
    tags: ['t10', 't11', 't12', 't13', 't14'],
    detail: expect.stringMatching(/^t10: /),
  });
});

it.each([
  [
    'a token service that refuses',
    { code: 'AUTH_REFUSED', status: 401, message: 'the token service refused a token' },
    true,
  ],
  [
    'too few rights',
    { code: 'DENIED', status: 403, message: 'denied, challenge error="insufficient_scope"' },
    true,
  ],
  [
    'a 401 without a word of a token',
    { code: 'UNAUTHORIZED', status: 401, message: 'authentication required' },
    false,
  ],
  [
    'words that only quote a challenge',
    { code: 'UNAUTHORIZED', status: 401, message: 'challenge error="invalid_token" is no token' },
    false,
  ],
  ['no credential at all', { code: 'AUTH_REFUSED', status: null, message: 'there is no credential' }, false],
])('%s: is a token refused?', (_, error, expected) => {
  const { causes } = compared(snapshot({}), { ...unreadable(error.code, error.status), errors: [error] });
  expect(causes.includes('TOKEN_REFUSED')).toBe(expected);
});

it('says nothing of times that cannot be compared', () => {
  const at = (seed: string, publishedAt: string) => snapshot({ a: { ...image(seed), publishedAt } });
  const detail = (p: string, s: string) => compared(at('1', p), at('2', s)).evidence?.[0]?.detail ?? '';
  expect(detail('yesterday', '2026-01-01T00:00:00Z')).not.toContain('published');
  expect(detail('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00')).toContain('at the same time');
  expect(detail('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')).toContain("the secondary's is newer");
});

it('a registry is not called read-only that answers no reads either', () => {
  const found = [
    { code: 'REGISTRY_READ_ONLY', site: 'secondary' as const, count: 1, tags: ['v1'], detail: 'x' },
  ];
  const error = { code: 'HTTP_503', status: 503, message: 'no' };
  expect(stillHolding(found, { errors: [] })).toEqual(found);
  expect(stillHolding(found, { errors: [{ ...error, site: 'primary' }] })).toEqual(found);
  expect(stillHolding(found, { errors: [{ ...error, site: 'secondary' }] })).toEqual([]);
});

type FixAction = Parameters<typeof fixCauses>[0]['actions'][number];
const DISABLED =
  'DELETE_DISABLED: the secondary deletes neither by tag nor by digest (HTTP 405 UNSUPPORTED: The operation is unsupported.)';
const READ_ONLY =
  'could not begin an upload to group/project on the secondary: HTTP 405 UNSUPPORTED: The operation is unsupported.';

it.each<[string, Partial<FixAction>[], CauseCode[]]>([
  [
    'deletion is switched off',
    [{ type: 'delete', outcome: 'failed', detail: DISABLED }],
    ['DELETE_DISABLED'],
  ],
  [
    'a placeholder was needed',
    [{ type: 'delete', detail: 'deleted by a placeholder' }],
    ['TAG_DELETE_UNSUPPORTED'],
  ],
  ['a push is refused', [{ outcome: 'failed', detail: READ_ONLY }], ['REGISTRY_READ_ONLY']],
  [
    'a push to a tag is refused with 503',
    [
      {
        outcome: 'failed',
        detail: 'could not push the manifest a/b:c to the secondary: HTTP 503 without a body',
      },
    ],
    ['REGISTRY_READ_ONLY'],
  ],
  [
    'a registry that takes no writes refuses deletes as well',
    [
      { outcome: 'failed', detail: READ_ONLY },
      { type: 'delete', outcome: 'failed', detail: DISABLED },
    ],
    ['REGISTRY_READ_ONLY'],
  ],
  ['all is done', [{}, { type: 'delete', detail: 'deleted by tag' }], []],
  [
    'a read is refused',
    [{ outcome: 'failed', detail: 'could not read blob x of a/b on the primary: HTTP 503 x' }],
    [],
  ],
])('after a fix: %s', (_, actions, expected) => {
  const found = fixCauses({
    actions: actions.map((action, id) => ({
      id: String(id),
      repository: 'group/project',
      type: 'copy',
      tag: 'v1',
      outcome: 'done',
      detail: '',
      bytes: 0,
      ...action,
    })),
    before: {},
    after: {},
    verified: false,
  });
  expect((found.get('group/project') ?? []).map(({ code }) => code)).toEqual(expected);
});
