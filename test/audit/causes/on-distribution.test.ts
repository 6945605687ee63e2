import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dockerImage, dockerList, ociImage, ociIndexOf } from '../../../src/demo/images.ts';
import type { CauseCode } from '../../../src/report/causes.ts';
import { type Report, reportSchema } from '../../../src/report/report.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { type PushableImage, pushImage } from '../../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../../support/real-registry.ts';
import { breakTagLink, removeRevision } from '../../support/registry-storage.ts';
import { runCli } from '../../support/run-cli.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const PATH = 'group/project';
const HEALTHY = 'group/healthy';

async function scanned(primary: string, secondary: string, ...more: string[]): Promise<Report> {
  const { stdout, stderr } = await runCli([
    'scan',
    ...['--primary-url', primary, '--secondary-url', secondary, '--settle', '0', '--retries', '0', '--quiet'],
    ...['--format', 'json', '--out', '-'],
    ...more,
  ]);
  if (stdout === '') throw new Error(stderr);
  return reportSchema().parse(JSON.parse(stdout));
}

const repositoryOf = (report: Report, path = PATH) => {
  const found = report.repositories.find((one) => one.path === path);
  if (found === undefined) throw new Error(`no ${path} in the report`);
  return found;
};

describeReal('causes on Distribution', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let report: Report;

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    const push = (registry: RealRegistry, image: PushableImage, tag: string, path = PATH) =>
      pushImage(registry, path, image, [tag]);
    const both = async (image: PushableImage, tag: string, path = PATH) => {
      await push(primary, image, tag, path);
      await push(secondary, image, tag, path);
    };
    const amd64 = { image: dockerImage('amd64'), platform: 'linux/amd64' };
    const listWith = (seed: string) =>
      dockerList([amd64, { image: dockerImage(seed, 'linux/arm64'), platform: 'linux/arm64' }]);
    await push(primary, ociIndexOf('new'), 'index');
    await push(secondary, ociIndexOf('old'), 'index');
    await push(primary, listWith('new'), 'list');
    await push(secondary, listWith('old'), 'list');
    await push(primary, dockerImage('new'), 'moved');
    await push(secondary, dockerImage('old'), 'moved');
    await push(primary, ociImage('fresh'), 'fresh');
    await push(secondary, ociImage('orphan'), 'orphan');
    await push(secondary, ociImage('orphan, broken'), 'orphan-broken');
    breakTagLink(secondary.root, PATH, 'orphan-broken');
    await both(ociImage('linkless'), 'linkless');
    breakTagLink(secondary.root, PATH, 'linkless');
    const lost = ociImage('lost');
    await both(lost, 'lost');
    removeRevision(secondary.root, PATH, lost.digest);
    await both(ociImage('kept'), 'kept');
    await push(secondary, ociImage('kept'), 'kept-twice');
    for (const [tag, image] of Object.entries({ a: ociImage('a'), b: ociIndexOf('b'), c: listWith('c') }))
      await both(image, tag, HEALTHY);
    const stale = 'ab'.repeat(32);
    report = await scanned(
      primary.url,
      secondary.url,
      ...[PATH, HEALTHY, '--stored-checksum', `primary:${PATH}=${stale}`],
    );
  });
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it.each<[CauseCode, string[], RegExp]>([
    [
      'NARROW_HIDES_INDEX',
      ['index'],
      /narrow HTTP 404: OCI index found, but accept header does not support OCI indexes/,
    ],
    ['FALSE_MATCH_NIL', ['index'], /^index: primary wide sha256:/],
    ['NARROW_REWRITES_LIST', ['list'], /narrow HTTP 200 sha256:/],
    ['FALSE_MATCH_CHILD', ['list'], /narrow HTTP 200 sha256:/],
    ['MOVED_TAG', ['moved'], /^moved: primary wide sha256:/],
    ['NOT_REPLICATED', ['fresh'], /secondary does not list it/],
    ['ORPHAN', ['kept-twice', 'orphan'], /primary does not list it/],
    ['ORPHAN_UNDELETABLE', ['orphan-broken'], /secondary HTTP 500 UNKNOWN: unknown error/],
    ['BROKEN_TAG_LINK', ['linkless', 'orphan-broken'], /secondary HTTP 500 UNKNOWN/],
    ['MISSING_REVISION', ['lost'], /secondary HTTP 404 MANIFEST_UNKNOWN: .*sha256:/],
    ['CHECKSUM_STALE', [], /^stored (ab){32}, live wide/],
    [
      'SYNC_WOULD_DELETE_SIBLING',
      ['kept'],
      /for the sake of kept-twice; kept matches and has that digest too/,
    ],
  ])('%s', (code, tags, detail) => {
    const { causes, evidence = [] } = repositoryOf(report);
    expect(causes).toContain(code);
    const shown = evidence.find((one) => one.code === code);
    expect(shown?.tags).toEqual(tags);
    expect(shown?.detail).toMatch(detail);
  });

  it('no others, and none for a healthy repository', () => {
    expect(repositoryOf(report).causes).toHaveLength(12);
    expect(report.summary.causes?.map(({ code }) => code)).toEqual(repositoryOf(report).causes);
    const healthy = repositoryOf(report, HEALTHY);
    expect(healthy).toMatchObject({ verdict: 'IN-SYNC', causes: [] });
    expect(healthy.evidence).toBeUndefined();
    expect(healthy.forecast).toMatchObject({
      endangered: [],
      wide: { copy: { count: 0 }, delete: { count: 0 } },
    });
  });

  it('EMPTY_IS_ERROR: a list that asks for a credential', async () => {
    const closed = await startRealRegistry({ htpasswd: { username: 'user', password: 'password' } });
    try {
      const { causes, evidence } = repositoryOf(await scanned(primary.url, closed.url, PATH));
      expect(causes).toEqual(['EMPTY_IS_ERROR']);
      expect(evidence).toMatchObject([{ site: 'secondary', detail: expect.stringContaining('HTTP 401') }]);
    } finally {
      await closed.stop();
    }
  });

  it('TOKEN_REFUSED: a token signed with another key', async () => {
    const directory = makeTempDir('keys');
    const right = makeAuthority(directory, 'right');
    const wrong = makeAuthority(directory, 'wrong');
    const closed = await startRealRegistry({
      token: {
        realm: 'http://127.0.0.1:9/jwt/auth',
        service: 'container_registry',
        issuer: 'omnibus-gitlab-issuer',
        rootcertbundle: right.certFile,
      },
    });
    try {
      const found = await scanned(primary.url, closed.url, PATH, '--secondary-gitlab-key', wrong.keyFile);
      const { causes, evidence = [] } = repositoryOf(found);
      expect(causes).toEqual(['EMPTY_IS_ERROR', 'TOKEN_REFUSED']);
      expect(evidence.find(({ code }) => code === 'TOKEN_REFUSED')).toMatchObject({
        site: 'secondary',
        detail: expect.stringMatching(/^HTTP 401 .*challenge error="invalid_token"$/),
      });
    } finally {
      await closed.stop();
    }
  });

  it('DELETE_DISABLED, TAG_DELETE_UNSUPPORTED, REGISTRY_READ_ONLY: what a fix finds out', async () => {
    const root = join(makeTempDir('storage'), 'root');
    const open = await startRealRegistry({ root });
    await pushImage(open, PATH, ociImage('orphan'), ['orphan']);
    await open.stop();
    const one = await startRealRegistry();
    await pushImage(one, PATH, ociImage('kept'), ['kept']);
    const seen: Record<string, string[]> = {};
    try {
      for (const [name, options] of Object.entries({
        readOnly: { readOnly: true },
        noDelete: { deleteEnabled: false },
        ordinary: {},
      })) {
        const other = await startRealRegistry({ root, ...options });
        try {
          const fixed = await scanned(one.url, other.url, PATH, '--fix', '--yes');
          const { causes, evidence = [] } = repositoryOf(fixed);
          seen[name] = causes.filter((code) => /READ_ONLY|DELETE_/.test(code) && !code.startsWith('SYNC'));
          for (const code of seen[name])
            expect(evidence.find((each) => each.code === code)?.detail).toMatch(/HTTP 405|placeholder/);
        } finally {
          await other.stop();
        }
      }
    } finally {
      await one.stop();
    }
    expect(seen).toEqual({
      readOnly: ['REGISTRY_READ_ONLY'],
      noDelete: ['DELETE_DISABLED'],
      ordinary: ['TAG_DELETE_UNSUPPORTED'],
    });
  });
});

describeReal('--geo-registry', () => {
  it('sets Geo’s opinion beside the truth, and its checksums beside the live ones', async () => {
    const [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    try {
      await pushImage(primary, PATH, ociIndexOf('new'), ['latest']);
      await pushImage(secondary, PATH, ociIndexOf('old'), ['latest']);
      const directory = makeTempDir('geo');
      const file = join(directory, 'geo.csv');
      writeFileSync(file, `path,state,primary_checksum\n${PATH},2,${'cd'.repeat(32)}\nother/one,3,\n`);
      const args = [PATH, '--geo-registry', file];
      const { causes, geo, storedChecksums } = repositoryOf(
        await scanned(primary.url, secondary.url, ...args),
      );
      expect(geo).toMatchObject({ state: 2, stateWords: 'synced', lastSyncFailure: null });
      expect(storedChecksums).toEqual({ primary: 'cd'.repeat(32), secondary: null });
      expect(causes).toContain('CHECKSUM_STALE');

      const files = [];
      for (const [side, { url }] of Object.entries({ primary, secondary })) {
        const out = join(directory, `${side}.json`);
        await runCli(['snapshot', `--${side}-url`, url, PATH, '--out', out, '--quiet']);
        files.push(out);
      }
      const table = await runCli([
        'compare',
        ...files,
        '--geo-registry',
        file,
        '--out',
        join(directory, 'out'),
      ]);
      expect(table.stdout).toContain('Geo says synced, 1 of 1 tag differs');

      writeFileSync(file, 'path,state,colour\na/b,2,red\n');
      const refused = await runCli(['compare', ...files, '--geo-registry', file]);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toMatch(
        /--geo-registry: .*geo\.csv: unknown column "colour"; known are path, state/,
      );
      expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    } finally {
      await Promise.all([primary.stop(), secondary.stop()]);
    }
  });
});
