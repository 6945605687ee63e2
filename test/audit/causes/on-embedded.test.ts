import { afterEach, expect, it } from 'vitest';
import { dockerImage, ociImage, ociIndexOf, schema1Image } from '../../../src/demo/images.ts';
import type { CauseCode } from '../../../src/report/causes.ts';
import type { RepositoryReport } from '../../../src/report/report.ts';
import { type Pair, scanPair, startPair } from '../support/scan-embedded.ts';
import { PATH } from '../support/snapshots.ts';

/* What only GitLab's registry does, or what needs a registry that changes while it is read. */

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.close();
  pair = undefined;
});

const evidenceOf = ({ evidence = [] }: RepositoryReport, code: CauseCode) =>
  evidence.find((one) => one.code === code);

it('SCHEMA1_REFUSED: GitLab serves no schema 1', async () => {
  pair = await startPair();
  pair.put('both', 'old', schema1Image('old', PATH, 'old'));
  const { repository } = await scanPair(pair);
  expect(repository.causes).toEqual(['SCHEMA1_REFUSED']);
  expect(evidenceOf(repository, 'SCHEMA1_REFUSED')?.detail).toContain(
    'HTTP 400 MANIFEST_INVALID: Schema 1 manifest not supported',
  );
});

it('BROKEN_TAG_LINK: GitLab answers 404 without a word about Accept', async () => {
  pair = await startPair();
  pair.put('both', 'a', ociImage('a'));
  pair.secondary.storage.breakTagLink(PATH, 'a');
  const { repository } = await scanPair(pair);
  expect(repository.causes).toEqual(['BROKEN_TAG_LINK']);
  expect(evidenceOf(repository, 'BROKEN_TAG_LINK')?.detail).toContain('secondary HTTP 404 MANIFEST_UNKNOWN');
});

it('CLIENT_PATH_ASYMMETRY: one registry has its database, the other not', async () => {
  pair = await startPair({}, { database: false });
  pair.put('both', 'a', ociIndexOf('a'));
  pair.put('both', 'b', ociImage('b'));
  const { repository } = await scanPair(pair);
  expect(repository.causes).toEqual(['CLIENT_PATH_ASYMMETRY']);
  expect(evidenceOf(repository, 'CLIENT_PATH_ASYMMETRY')).toMatchObject({
    tags: ['a'],
    detail: expect.stringMatching(
      /^a: the v1 API of the primary gives sha256:\w{64}, the secondary has no v1 API/,
    ),
  });
});

it('TAG_LIST_TRUNCATED: the list has a second page', async () => {
  pair = await startPair({ maxPageSize: 2 });
  for (const tag of ['a', 'b', 'c']) pair.put('both', tag, ociImage(tag));
  const { repository } = await scanPair(pair);
  expect(repository.causes).toEqual(['TAG_LIST_TRUNCATED']);
  expect(repository.evidence?.map(({ site, detail }) => `${site}: ${detail}`)).toEqual([
    'primary: tags/list?n=10000 gives 2 tags in its first page and 3 in all',
    'secondary: tags/list?n=10000 gives 2 tags in its first page and 3 in all',
  ]);
});

it('IN_FLIGHT: a push during the settle pause', async () => {
  const sites = await startPair();
  pair = sites;
  sites.put('primary', 'a', dockerImage('new'));
  sites.put('secondary', 'a', dockerImage('old'));
  const { repository } = await scanPair(sites, {
    settleSeconds: 1,
    onEvent: ({ type }) => {
      if (type === 'settling') sites.put('secondary', 'a', dockerImage('newer'));
    },
  });
  expect(repository.causes).toContain('IN_FLIGHT');
});

it('TOKEN_REFUSED: no token is good enough', async () => {
  const access = { auth: 'token', anonymousPull: true } as const;
  pair = await startPair({}, access);
  pair.put('both', 'a', ociImage('a'));
  pair.secondary.options.refuseTokens = true;
  const { repository } = await scanPair(pair);
  expect(repository.causes).toEqual(['EMPTY_IS_ERROR', 'TOKEN_REFUSED']);
  expect(evidenceOf(repository, 'TOKEN_REFUSED')?.detail).toMatch(/challenge error="invalid_token"$/);
});

it('MOVED_TAG: where the databases know, it says which side is newer, also when read by /v2/', async () => {
  let now = Date.UTC(2026, 10, 1);
  pair = await startPair({ now: () => now });
  pair.put('secondary', 'a', dockerImage('old'));
  now += 86_400_000;
  pair.put('primary', 'a', dockerImage('new'));
  const { repository, clientPath } = await scanPair(pair);
  expect(clientPath).toBe('docker-v2');
  expect(evidenceOf(repository, 'MOVED_TAG')?.detail).toMatch(
    /published 2026-11-02T\S+ on the primary, 2026-11-01T\S+ on the secondary: the primary's is newer$/,
  );
});

it('asks for the registry’s words about one of the tags that narrow does not get, the first', async () => {
  const sites = await startPair();
  pair = sites;
  for (let i = 10; i < 40; i++) sites.put('both', `t${i}`, ociIndexOf(`${i}`));
  const { repository } = await scanPair(sites);
  const worded = repository.tags.flatMap(({ name, primary }) =>
    primary.state === 'resolved' && primary.narrow?.reason !== undefined ? [name] : [],
  );
  expect(worded).toEqual(['t10']);
  expect(repository.causes).toEqual([]);
  for (const { requests } of [sites.primary, sites.secondary]) {
    const asked = requests.filter(({ method, path }) => method === 'GET' && path.includes('/manifests/'));
    expect(asked).toHaveLength(1);
  }
});
