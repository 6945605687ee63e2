import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanEvent } from '../../src/audit/scan.ts';
import { basicCredential } from '../../src/auth/credential.ts';
import { NARROW } from '../../src/core/accept.ts';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { dockerImage, dockerListOf, ociImage, ociIndexOf } from '../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../src/demo/registry-options.ts';
import { UsageError } from '../../src/errors.ts';
import type { RepositoryReport } from '../../src/report/report.ts';
import { EMPTY_CHECKSUM, repositoryChecksum } from '../../src/verifier/repository-checksum.ts';
import { type Pair, scanPair, skippingClock, startPair } from './support/scan-embedded.ts';
import { PATH } from './support/snapshots.ts';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
});
afterEach(() => pair.close());

const isList = ({ path }: FaultRequest) => path.includes('/tags/list?');
const isTag = (tag: string) => (request: FaultRequest) => request.path.endsWith(`/manifests/${tag}`);
const faultOn =
  (where: (request: FaultRequest) => boolean, fault: Fault) =>
  (request: FaultRequest): Fault =>
    where(request) ? fault : undefined;

const narrowHeads = (registry: EmbeddedRegistry) =>
  registry.requests.filter(({ method, accept }) => method === 'HEAD' && accept === NARROW.header);

/** One tag of every kind that a site with a database can hold. */
function fillEveryKind(): void {
  pair.put('both', 'docker', dockerImage('same'));
  pair.put('both', 'oci', ociImage('same'));
  pair.put('both', 'index', ociIndexOf('same'));
  pair.put('both', 'list', dockerListOf('same'));
  pair.put('primary', 'moved', ociImage('new'));
  pair.put('secondary', 'moved', ociImage('old'));
  pair.put('primary', 'moved-index', ociIndexOf('new'));
  pair.put('secondary', 'moved-index', ociIndexOf('old'));
  pair.put('primary', 'only-primary', ociIndexOf('p'));
  pair.put('secondary', 'only-secondary', dockerImage('s'));
}

describe('client paths', () => {
  it('say the same of the same content', async () => {
    fillEveryKind();
    const byDocker = await scanPair(pair);
    const byGitlab = await scanPair(pair, { clientPath: 'gitlab-v1' });
    const said = ({ verdict, counts, checksums, causes, tags, errors }: RepositoryReport) => ({
      verdict,
      counts,
      checksums,
      causes,
      errors,
      tags: tags.map(({ primary, secondary, ...tag }) => ({
        ...tag,
        digests: [primary, secondary].map((r) => ('digest' in r ? r.digest : null)),
      })),
    });
    expect(said(byGitlab.repository)).toEqual(said(byDocker.repository));
    expect(byGitlab.clientPath).toBe('gitlab-v1');
    expect(byDocker.repository.counts).toMatchObject({
      total: 8,
      MATCH: 4,
      MISMATCH: 2,
      'PRIMARY-ONLY': 1,
      'SECONDARY-ONLY': 1,
    });
  });

  it('gitlab-v1 takes digests from the listing, when tags were pushed too, and asks no wide HEAD', async () => {
    pair.put('both', 'v1', dockerImage('same'));
    const { tag } = await scanPair(pair, { clientPath: 'gitlab-v1' });
    expect(tag('v1')?.primary).toMatchObject({
      state: 'resolved',
      publishedAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(pair.primary.requests.filter(({ method }) => method === 'HEAD')).toEqual([]);
    expect(pair.primary.requests.filter(({ path }) => path.startsWith('/v2/') && path !== '/v2/')).toEqual(
      [],
    );
  });

  it.each([
    [true, true, 'gitlab-v1'],
    [true, false, 'docker-v2'],
    [false, true, 'docker-v2'],
    [false, false, 'docker-v2'],
  ])('auto with the database on the primary %s and on the secondary %s is %s', async (p, s, expected) => {
    pair.primary.options.database = p;
    pair.secondary.options.database = s;
    pair.put('both', 'v1', dockerImage('same'));
    expect((await scanPair(pair, { clientPath: 'auto' })).clientPath).toBe(expected);
  });

  it('gitlab-v1 where a site has none is a usage error that names the site', async () => {
    pair.secondary.options.database = false;
    const asked = scanPair(pair, { clientPath: 'gitlab-v1' });
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toThrow(/--client-path gitlab-v1: the secondary registry has no/);
  });

  it('read the GitLab v1 listing of every site that has one, whichever is taken', async () => {
    fillEveryKind();
    const { repository } = await scanPair(pair);
    const { checksums } = repository;
    expect(checksums.gitlabV1).toEqual(checksums.wide);
    pair.secondary.options.database = false;
    const again = await scanPair(pair);
    expect(again.repository.checksums.gitlabV1).toMatchObject({
      primary: checksums.wide.primary,
      secondary: null,
      equal: null,
    });
  });

  it('of two kinds are a cause, where they can never agree', async () => {
    pair.secondary.options.database = false;
    pair.put('both', 'index', ociIndexOf('same'));
    expect((await scanPair(pair)).repository.causes).toEqual(['CLIENT_PATH_ASYMMETRY']);
  });

  it('of two kinds are none, where narrow and the v1 API agree', async () => {
    pair.secondary.options.database = false;
    pair.put('both', 'image', ociImage('same'));
    expect((await scanPair(pair)).repository.causes).toEqual([]);
  });

  it('of one kind are none, when a listing fails', async () => {
    pair.put('both', 'index', ociIndexOf('same'));
    pair.secondary.options.fault = faultOn(({ path }) => path.startsWith('/gitlab/v1/repositories/'), {
      status: 503,
    });
    const { repository } = await scanPair(pair);
    expect(repository.causes).toEqual([]);
    expect(repository.checksums.gitlabV1).toMatchObject({ secondary: null, equal: null });
  });
});

describe('--narrow', () => {
  beforeEach(fillEveryKind);

  it('auto asks for index and list tags alone', async () => {
    const { tag } = await scanPair(pair);
    const asked = narrowHeads(pair.primary).map(({ path }) => path.split('/').at(-1));
    expect(asked.toSorted()).toEqual(['index', 'list', 'moved-index', 'only-primary']);
    expect(tag('oci')?.primary).toMatchObject({ narrow: { probed: false, status: null } });
    expect(tag('index')?.primary).toMatchObject({ narrow: { probed: true, status: 404, digest: null } });
  });

  it('all asks for every tag, and finds the same', async () => {
    const auto = await scanPair(pair);
    pair.primary.requests.length = 0;
    const all = await scanPair(pair, { narrow: 'all' });
    expect(narrowHeads(pair.primary)).toHaveLength(7);
    expect(all.repository.checksums).toEqual(auto.repository.checksums);
    expect(all.repository.counts).toEqual(auto.repository.counts);
    expect(all.tag('oci')?.primary).toMatchObject({ narrow: { probed: true, status: 200 } });
  });

  it('off asks for none, and says nothing of narrow', async () => {
    const { repository } = await scanPair(pair, { narrow: 'off' });
    expect(narrowHeads(pair.primary)).toEqual([]);
    expect(repository.checksums.narrow).toEqual({ primary: null, secondary: null, equal: null });
    expect(repository.counts.silentlySkipped).toBeNull();
    expect(new Set(repository.tags.map((tag) => tag.narrowStatus))).toEqual(new Set([null]));
    expect(repository.errors).toEqual([]);
  });

  it('a probe refused with 403 leaves the wide verdict and names the tag', async () => {
    pair.secondary.options.fault = ({ headers, path }) =>
      headers.accept === NARROW.header && path.endsWith('/index') ? { status: 403 } : undefined;
    const { repository, tag } = await scanPair(pair);
    expect(tag('index')).toMatchObject({ status: 'MATCH', narrowStatus: null, secondary: { narrow: null } });
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', code: 'DENIED', tags: ['index'] }],
    });
    expect(repository.checksums.narrow.secondary).toBeNull();
    expect(repository.checksums.wide.secondary).not.toBeNull();
  });

  it('a probe answered 5xx for a while is asked again when the site is well', async () => {
    let left = 1;
    pair.secondary.options.fault = ({ headers, path }) =>
      headers.accept === NARROW.header && path.endsWith('/index') && left-- > 0 ? { status: 500 } : undefined;
    const { repository, tag } = await scanPair(pair);
    const { primary, secondary } = tag('index') ?? {};
    // The times of push may be a millisecond apart.
    expect({ ...secondary, publishedAt: null }).toEqual({ ...primary, publishedAt: null });
    expect(repository.errors).toEqual([]);
  });

  it('a probe answered 5xx while /v2/ works is nil; while it does not, it is an error', async () => {
    const isProbe = ({ headers, path }: FaultRequest) =>
      headers.accept === NARROW.header && path.endsWith('/index');
    pair.secondary.options.fault = faultOn(isProbe, { status: 500 });
    const one = await scanPair(pair);
    expect(one.tag('index')?.secondary).toMatchObject({ narrow: { state: 'unresolvable', status: 500 } });
    expect(one.tag('index')?.causes).toEqual([]);
    pair.secondary.options.fault = (request) =>
      isProbe(request) || (request.path === '/v2/' && request.count > 4) ? { status: 500 } : undefined;
    const two = await scanPair(pair);
    expect(two.tag('index')).toMatchObject({
      status: 'MATCH',
      narrowStatus: null,
      secondary: { narrow: null },
    });
    expect(two.repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', status: 500, tags: ['index'] }],
    });
  });
});

describe('--settle', () => {
  const settling = (mutate: () => void) => {
    let slept = 0;
    const clock = skippingClock((milliseconds) => {
      if (milliseconds !== 5000) return;
      slept++;
      mutate();
    });
    return scanPair(pair, { clock, settleSeconds: 5 }).then((result) => ({ ...result, slept }));
  };

  it('a tag that is replicated in the pause is in flight, and its later reading counts', async () => {
    pair.put('primary', 'late', ociImage('late'));
    pair.put('both', 'calm', ociImage('calm'));
    const { repository, tag, slept } = await settling(() => pair.put('secondary', 'late', ociImage('late')));
    expect(slept).toBe(1);
    expect(tag('late')).toMatchObject({ status: 'MATCH', unstable: true, causes: ['IN_FLIGHT'] });
    expect(tag('calm')).toMatchObject({ unstable: false });
    expect(repository.verdict).toBe('IN-SYNC');
    expect(repository.causes).toEqual(['IN_FLIGHT']);
    expect(repository.checksums.wide.equal).toBe(true);
    expect(repository.checksums.gitlabV1.equal).toBe(true);
  });

  it('a tag that is synced between the v1 listing and its own reading is read again', async () => {
    for (let at = 0; at < 20; at++) pair.put('both', `v${at}`, ociImage(`v${at}`));
    pair.put('secondary', 'v3', ociImage('old'));
    let isSynced = false;
    pair.secondary.options.fault = ({ method }) => {
      if (method === 'HEAD' && !isSynced) pair.put('secondary', 'v3', ociImage('v3'));
      isSynced ||= method === 'HEAD';
      return undefined;
    };
    const { repository } = await scanPair(pair, { settleSeconds: 1 });
    expect(isSynced).toBe(true);
    expect(repository.verdict).toBe('IN-SYNC');
    expect(repository.checksums.gitlabV1.equal).toBe(true);
  });

  it('a tag that is pushed again on the primary keeps differing, with the new digest', async () => {
    pair.put('primary', 'busy', ociImage('1'));
    pair.put('secondary', 'busy', ociImage('0'));
    const { tag } = await settling(() => pair.put('primary', 'busy', ociImage('2')));
    expect(tag('busy')).toMatchObject({
      status: 'MISMATCH',
      unstable: true,
      primary: { digest: ociImage('2').digest },
      causes: ['MOVED_TAG', 'IN_FLIGHT'],
    });
  });

  it('a tag that goes in the pause is absent afterwards', async () => {
    pair.put('secondary', 'orphan', ociImage('o'));
    pair.put('both', 'calm', ociImage('calm'));
    const { repository, tag } = await settling(() => pair.secondary.storage.deleteTag(PATH, 'orphan'));
    expect(tag('orphan')).toBeUndefined();
    expect(repository.verdict).toBe('IN-SYNC');
  });

  it('a tag that stays as it is is stable', async () => {
    fillEveryKind();
    const { repository } = await settling(() => {});
    expect(repository.tags.filter((tag) => tag.unstable)).toEqual([]);
  });

  it('asks again for what differs and for nothing else', async () => {
    fillEveryKind();
    await settling(() => {
      pair.primary.requests.length = 0;
    });
    const asked = pair.primary.requests
      .filter(({ method }) => method === 'HEAD')
      .map(({ path }) => path.split('/').at(-1));
    expect(new Set(asked)).toEqual(new Set(['moved', 'moved-index', 'only-primary']));
  });

  it('a second list that fails takes the verdict, and makes nothing absent', async () => {
    pair.put('primary', 'moved', ociImage('new'));
    pair.put('secondary', 'moved', ociImage('old'));
    pair.put('both', 'calm', ociImage('calm'));
    const { repository, tag } = await settling(() => {
      pair.secondary.options.fault = faultOn(isList, { status: 403 });
    });
    expect(tag('moved')).toBeUndefined();
    expect(tag('calm')).toMatchObject({ status: 'MATCH' });
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', status: 403, tags: ['moved'] }],
    });
    expect(repository.checksums.wide.secondary).toBeNull();
  });

  it('a repository that comes in the pause is present afterwards', async () => {
    pair.put('primary', 'v1', ociImage('v1'));
    const { repository } = await settling(() => pair.put('secondary', 'v1', ociImage('v1')));
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', presence: { primary: true, secondary: true } });
  });

  it('does not call the list truncated for a tag that came in the pause', async () => {
    pair.put('primary', 'late', ociImage('late'));
    pair.put('both', 'calm', ociImage('calm'));
    const { repository } = await settling(() => pair.put('secondary', 'late', ociImage('late')));
    expect(repository.causes).not.toContain('TAG_LIST_TRUNCATED');
  });

  it('0 never sleeps and never reads twice', async () => {
    fillEveryKind();
    const clock = skippingClock(() => {
      throw new Error('slept');
    });
    await scanPair(pair, { clock });
    expect(pair.primary.requests.filter(({ path }) => path.endsWith('/manifests/moved'))).toHaveLength(1);
  });
});

describe('a list that fails', () => {
  beforeEach(() => pair.put('both', 'v1', ociImage('same')));

  it.each<[string, Fault, { code: string; status: number | null }]>([
    ['401', { status: 401 }, { code: 'UNAUTHORIZED', status: 401 }],
    ['403', { status: 403 }, { code: 'DENIED', status: 403 }],
    [
      'a 404 page',
      { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { code: 'NOT_FOUND', status: 404 },
    ],
    ['429', { status: 429 }, { code: 'TOOMANYREQUESTS', status: 429 }],
    ['502', { status: 502 }, { code: 'HTTP_502', status: 502 }],
    [
      'a login page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { code: 'PROTOCOL', status: null },
    ],
    ['JSON of another shape', { status: 200, body: '{"tags": {}}' }, { code: 'PROTOCOL', status: null }],
    ['a reset', 'reset', { code: 'UNREACHABLE', status: null }],
    ['a body that breaks off', 'truncate', { code: 'BODY_TRUNCATED', status: null }],
    ['silence', 'hang', { code: 'TIMEOUT', status: null }],
  ])('with %s gives no verdict and names the site', async (_, fault, expected) => {
    pair.secondary.options.fault = faultOn(isList, fault);
    const { repository } = await scanPair(pair, { timeoutMs: fault === 'hang' ? 300 : 10_000 });
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      presence: { primary: true, secondary: null },
      errors: [{ site: 'secondary', ...expected }],
    });
    expect(repository.checksums.wide.secondary).toBeNull();
    expect(repository.causes).toEqual(expected.status === null ? [] : ['EMPTY_IS_ERROR']);
  });

  it('on both sites names both', async () => {
    for (const { options } of [pair.primary, pair.secondary])
      options.fault = faultOn(isList, { status: 403 });
    const { repository } = await scanPair(pair);
    expect(repository.errors.map(({ site }) => site)).toEqual(['primary', 'secondary']);
  });

  it('does not stop the next repository', async () => {
    pair.put('both', 'v1', ociImage('same'), 'group/zebra');
    pair.secondary.options.fault = faultOn(({ path }) => path.includes(`${PATH}/tags/list`), { status: 403 });
    const { repositories, refused } = await scanPair(pair, { paths: ['group/zebra', PATH] });
    expect(repositories.map(({ path, verdict }) => [path, verdict])).toEqual([
      [PATH, 'INCOMPLETE'],
      ['group/zebra', 'IN-SYNC'],
    ]);
    expect(refused).toEqual([]);
  });
});

describe('a tag that fails', () => {
  beforeEach(() => {
    pair.put('both', 'bad', ociImage('bad'));
    pair.put('both', 'good', ociImage('good'));
  });

  it.each<[string, Fault, { code: string; status: number | null }]>([
    ['401', { status: 401 }, { code: 'UNAUTHORIZED', status: 401 }],
    ['403', { status: 403 }, { code: 'DENIED', status: 403 }],
    ['429', { status: 429 }, { code: 'TOOMANYREQUESTS', status: 429 }],
    [
      'a 404 page',
      { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { code: 'NOT_FOUND', status: 404 },
    ],
    ['a 404 without words', { status: 404 }, { code: 'NOT_FOUND', status: 404 }],
    ['a reset', 'reset', { code: 'UNREACHABLE', status: null }],
    ['silence', 'hang', { code: 'TIMEOUT', status: null }],
  ])('with %s has no verdict, and the others have theirs', async (_, fault, expected) => {
    pair.secondary.options.fault = faultOn(isTag('bad'), fault);
    const { repository, tag } = await scanPair(pair, { timeoutMs: fault === 'hang' ? 300 : 10_000 });
    expect(tag('bad')).toBeUndefined();
    expect(tag('good')).toMatchObject({ status: 'MATCH' });
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', tags: ['bad'], ...expected }],
    });
    expect(repository.checksums.wide.secondary).toBeNull();
    expect(repository.checksums.wide.primary).not.toBeNull();
  });

  it.each([500, 503])('with %i while /v2/ works does not resolve', async (status) => {
    const body = JSON.stringify({
      errors: [{ code: 'UNKNOWN', message: 'unknown error', detail: { Path: '/link' } }],
    });
    pair.secondary.options.fault = faultOn(isTag('bad'), { status, body });
    const { repository, tag } = await scanPair(pair);
    expect(tag('bad')).toMatchObject({
      status: 'UNRESOLVABLE',
      secondary: { state: 'unresolvable', status, code: 'UNKNOWN', reason: expect.stringContaining('/link') },
    });
    expect(repository).toMatchObject({ verdict: 'OUT-OF-SYNC', errors: [] });
    expect(repository.checksums.wide.secondary).toBe(
      repositoryChecksum([
        ['bad', null],
        ['good', ociImage('good').digest],
      ]),
    );
  });

  it.each([500, 503])('with %i for a while is read again when the site is well', async (status) => {
    let left = 2;
    pair.secondary.options.fault = ({ path, method }) =>
      method === 'HEAD' && path.includes('/manifests/') && left-- > 0 ? { status } : undefined;
    const { repository, tag } = await scanPair(pair);
    expect(tag('bad')).toMatchObject({ status: 'MATCH', unstable: false });
    expect(tag('good')).toMatchObject({ status: 'MATCH', unstable: false });
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', errors: [] });
  });

  it('with 5xx while /v2/ fails too has no verdict', async () => {
    pair.secondary.options.fault = ({ path, count }) =>
      path.endsWith('/manifests/bad') || (path === '/v2/' && count > 1) ? { status: 503 } : undefined;
    const { repository, tag } = await scanPair(pair);
    expect(tag('bad')).toBeUndefined();
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', status: 503, tags: ['bad'] }],
    });
  });

  it("with a registry's own 404 does not resolve, and its words are kept", async () => {
    pair.secondary.storage.breakTagLink(PATH, 'bad');
    const { tag } = await scanPair(pair);
    expect(tag('bad')).toMatchObject({
      status: 'UNRESOLVABLE',
      secondary: { status: 404, code: 'MANIFEST_UNKNOWN' },
      causes: ['BROKEN_TAG_LINK'],
    });
  });

  it('without Docker-Content-Digest gets the digest of its bytes', async () => {
    const { bytes, digest, mediaType } = ociImage('bad').manifests.at(-1) as {
      bytes: Uint8Array;
      digest: string;
      mediaType: string;
    };
    pair.secondary.options.fault = faultOn(isTag('bad'), {
      status: 200,
      headers: { 'content-type': mediaType },
      body: bytes,
    });
    const { tag } = await scanPair(pair);
    expect(tag('bad')).toMatchObject({ status: 'MATCH', secondary: { digest, mediaType } });
  });

  it('with a digest header that is none gets the digest of its bytes', async () => {
    pair.secondary.options.fault = faultOn(isTag('bad'), {
      status: 200,
      headers: {
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
        'docker-content-digest': 'sha256:nonsense',
      },
      body: ociImage('bad').manifests.at(-1)?.bytes ?? '',
    });
    expect((await scanPair(pair)).tag('bad')).toMatchObject({ status: 'MATCH' });
  });

  it('asks for the words of 20 tags, and of all when a proxy speaks', async () => {
    for (let i = 0; i < 30; i++) pair.put('both', `broken-${i}`, ociImage('x'));
    for (let i = 0; i < 30; i++) pair.secondary.storage.breakTagLink(PATH, `broken-${i}`);
    const gets = () =>
      pair.secondary.requests.filter(
        ({ method, path }) => method === 'GET' && path.includes('/manifests/broken'),
      ).length;
    const { repository } = await scanPair(pair);
    expect(repository.counts.UNRESOLVABLE).toBe(30);
    expect(gets()).toBe(20);
    pair.secondary.requests.length = 0;
    pair.secondary.options.fault = faultOn(({ path }) => path.includes('/manifests/broken-1'), {
      status: 404,
      body: '<html>',
    });
    const proxied = await scanPair(pair);
    expect(gets()).toBe(30);
    expect(proxied.repository.counts.UNRESOLVABLE).toBe(19);
    expect(proxied.repository.errors).toMatchObject([{ site: 'secondary', code: 'NOT_FOUND' }]);
    expect(proxied.repository.errors[0]?.tags).toHaveLength(11);
  });
});

describe('names that no tag can have', () => {
  it('are reported and never asked for', async () => {
    pair.put('both', 'good', ociImage('good'));
    const illegal = ['../../../etc/passwd', 'a b', '-x', '', 'ü', 'x'.repeat(129), 'a/../b?x=#'];
    const body = JSON.stringify({ name: PATH, tags: ['good', ...illegal] });
    pair.secondary.options.fault = faultOn(isList, { status: 200, body });
    const { repository, tag } = await scanPair(pair);
    expect(tag('good')).toMatchObject({ status: 'MATCH' });
    expect(repository.tags).toHaveLength(1);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', code: 'TAG_NAME_INVALID' }],
    });
    expect(repository.errors[0]?.message).toMatch(/"\.\.\/\.\.\/\.\.\/etc\/passwd".* and \d more$/);
    expect(repository.checksums.wide.secondary).toBeNull();
    const asked = pair.secondary.requests
      .map(({ path }) => path)
      .filter((path) => path.includes('/manifests/'));
    expect(asked).toEqual([`/v2/${PATH}/manifests/good`]);
  });
});

describe('a site as a whole', () => {
  it('that refuses the credential is refused, and nothing of it is guessed', async () => {
    pair.put('both', 'v1', ociImage('same'));
    Object.assign(pair.secondary.options, { auth: 'basic', users: { root: { password: 'right' } } });
    const credential = basicCredential({ username: 'root', password: 'wrong', source: 'test' });
    const { repository, refused } = await scanPair(pair, { credential });
    expect(refused).toEqual(['secondary']);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ site: 'secondary', status: 401 }],
    });
  });

  it('where nobody listens is unreachable', async () => {
    pair.put('primary', 'v1', ociImage('same'));
    const { repository, refused } = await scanPair(pair, { secondaryUrl: await closedPort(), retries: 5 });
    expect(refused).toEqual([]);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ site: 'secondary', code: 'UNREACHABLE' }],
    });
    expect(repository.errors).toHaveLength(1);
    // The other site is not burdened for a comparison that cannot be.
    expect(pair.primary.requests.filter(({ path }) => path.includes('/tags/'))).toEqual([]);
  });

  it('is told first, with what the registry says of itself', async () => {
    pair.put('both', 'v1', ociImage('same'));
    const events: ScanEvent[] = [];
    const { sites } = await scanPair(pair, { onEvent: (event) => events.push(event) });
    expect(sites.primary.registry).toMatchObject({
      vendor: 'gitlab',
      database: true,
      gitlabV1: true,
      tagDelete: 'yes',
    });
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['site', 'site']);
    expect(events.at(-1)?.type).toBe('repository-done');
    expect(events.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({ done: 1, total: 1 });
  });
});

describe('a repository that a site does not know', () => {
  it('is not an error on one', async () => {
    pair.put('primary', 'v1', ociImage('v1'));
    const { repository, tag } = await scanPair(pair);
    expect(tag('v1')).toMatchObject({ status: 'PRIMARY-ONLY', causes: ['NOT_REPLICATED'] });
    expect(repository).toMatchObject({
      verdict: 'OUT-OF-SYNC',
      errors: [],
      presence: { primary: true, secondary: false },
    });
    expect(repository.checksums.wide.secondary).toBe(EMPTY_CHECKSUM);
  });

  it('is an error on both', async () => {
    const { repository } = await scanPair(pair);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      presence: { primary: false, secondary: false },
    });
    expect(repository.errors.map(({ site, code }) => [site, code])).toEqual([
      ['primary', 'NAME_UNKNOWN'],
      ['secondary', 'NAME_UNKNOWN'],
    ]);
  });
});

it('reads all pages, and says that the verifier does not', async () => {
  for (let i = 0; i < 7; i++) pair.put('both', `v${i}`, ociImage(`v${i}`));
  pair.secondary.options.maxPageSize = 3;
  const { repository } = await scanPair(pair);
  expect(repository.counts).toMatchObject({ total: 7, MATCH: 7 });
  expect(repository.causes).toEqual(['TAG_LIST_TRUNCATED']);
});

it('reads a path once, and gives repositories in byte order', async () => {
  for (const path of ['b', 'a', 'a-b']) pair.put('both', 'v1', ociImage('same'), path);
  const { repositories } = await scanPair(pair, { paths: ['b', 'a', 'a-b', 'b'] });
  expect(repositories.map(({ path }) => path)).toEqual(['a', 'a-b', 'b']);
});

it('never has more requests in flight than it may, on either site', async () => {
  for (let i = 0; i < 40; i++) pair.put('both', `v${i}`, ociIndexOf(`v${i}`));
  const most = [pair.primary, pair.secondary].map(({ options }) => {
    const seen = { now: 0, most: 0 };
    options.fault = async () => {
      seen.most = Math.max(seen.most, ++seen.now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.now--;
      return undefined;
    };
    return seen;
  });
  await scanPair(pair, { concurrency: 3 });
  expect(most.map((seen) => seen.most)).toEqual([3, 3]);
  expect(pair.primary.connectionsOpened).toBeLessThanOrEqual(3);
});

it('ends at an interruption with what it has read', async () => {
  for (const path of ['a', 'b', 'c']) pair.put('both', 'v1', ociImage('same'), path);
  const abort = new AbortController();
  const { repositories, interrupted } = await scanPair(pair, {
    paths: ['a', 'b', 'c'],
    signal: abort.signal,
    onEvent: (event) => {
      if (event.type === 'repository-done' && event.report.path === 'a') abort.abort();
    },
  });
  expect(interrupted).toBe(true);
  expect(repositories.map(({ path, verdict }) => [path, verdict])).toEqual([
    ['a', 'IN-SYNC'],
    ['b', 'INCOMPLETE'],
    ['c', 'INCOMPLETE'],
  ]);
  expect(repositories.at(1)?.errors.map(({ site, code }) => [site, code])).toEqual([
    ['primary', 'INTERRUPTED'],
    ['secondary', 'INTERRUPTED'],
  ]);
});

it('keeps the first reading when the pause is interrupted', async () => {
  pair.put('primary', 'v1', ociImage('v1'));
  const abort = new AbortController();
  const { repository, interrupted } = await scanPair(pair, {
    settleSeconds: 5,
    signal: abort.signal,
    clock: skippingClock(() => {
      abort.abort();
      abort.signal.throwIfAborted();
    }),
  });
  expect(interrupted).toBe(true);
  expect(repository).toMatchObject({ verdict: 'OUT-OF-SYNC', errors: [], counts: { 'PRIMARY-ONLY': 1 } });
});

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 1}`;
}
