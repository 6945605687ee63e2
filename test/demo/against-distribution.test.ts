import { truncateSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import {
  describeReal,
  type RealRegistry,
  type RealRegistryOptions,
  startRealRegistry,
} from '../support/real-registry.ts';
import { makeTempDir, removeTempDir } from '../support/temp-dir.ts';
import { type Answer, ask, NARROW, push, WIDE } from './client.ts';

/**
 * Sends the same requests to the embedded registry and to a real Distribution 2.8.2 and compares the answers, so
 * that the other tests can trust the embedded one. `SKIP_REAL_REGISTRY=1` leaves it out.
 */
const ABSENT = `sha256:${'a'.repeat(64)}`;
const PATH = 'group/project';

const docker = images.dockerImage('docker');
const oci = images.ociImage('oci');
const bare = images.ociImage('bare', { withMediaType: false });
const index = images.ociIndexOf('index');
const bareIndex = images.ociIndexOf('bare index', undefined, { withMediaType: false });
const list = images.dockerListOf('list');
const armList = images.dockerListOf('arm list', ['linux/arm64']);
const schema1 = images.schema1Image('schema 1', PATH, 'schema1');
const artifact = images.artifact('artifact');
const signature = images.signature(images.ociImage('nobody pushed this'));
const cache = images.buildkitCache('cache');
const pushed = { docker, oci, bare, index, bareIndex, list, armList, schema1, artifact, signature, cache };
const blob = docker.blobs[1]?.digest ?? '';

describeReal('the embedded registry answers as Distribution 2.8.2 does', () => {
  const root = makeTempDir('embedded-against-real');
  const started: RealRegistry[] = [];
  let real = '';
  let locked = '';
  let embedded: EmbeddedRegistry;

  beforeAll(async () => {
    embedded = await startEmbeddedRegistry({
      flavour: 'distribution',
      schema1: true,
      allowLayerUrls: false,
    });
    real = await startReal({});
    locked = await startReal({ readOnly: true });
    for (const registry of [real, embedded.url]) {
      for (const [tag, image] of Object.entries(pushed)) await push(registry, PATH, image, tag.toLowerCase());
    }
  }, 30_000);

  afterAll(async () => {
    await embedded.close();
    for (const registry of started) await registry.stop();
    removeTempDir(root);
  });

  async function startReal(options: RealRegistryOptions): Promise<string> {
    const registry = await startRealRegistry({
      ...options,
      root,
      config: { compatibility: { schema1: { enabled: true } } },
    });
    started.push(registry);
    return registry.url;
  }

  interface Question {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: Uint8Array | string;
  }

  async function same(question: Question, to: string = real): Promise<Answer> {
    const { method, path, headers, body } = question;
    const options = { ...(headers && { headers }), ...(body !== undefined && { body }) };
    const theirs = await ask(method, `${to}${path}`, options);
    const ours = await ask(method, `${embedded.url}${path}`, options);
    expect(comparable(ours)).toEqual(comparable(theirs));
    return theirs;
  }

  const accepts = { none: {}, any: { accept: '*/*' }, narrow: { accept: NARROW }, wide: { accept: WIDE } };
  for (const tag of Object.keys(pushed)) {
    for (const [profile, headers] of Object.entries(accepts)) {
      const isConverted = (tag === 'docker' || tag === 'list') && (profile === 'none' || profile === 'any');
      if (isConverted) continue; // see "becomes schema 1" below
      test(`${tag} with ${profile} Accept`, async () => {
        for (const method of ['HEAD', 'GET']) {
          await same({ method, path: `/v2/${PATH}/manifests/${tag.toLowerCase()}`, headers });
          await same({
            method,
            path: `/v2/${PATH}/manifests/${pushed[tag as keyof typeof pushed].digest}`,
            headers,
          });
        }
      });
    }
  }

  test('a schema 2 image becomes schema 1 for a client that accepts neither', async () => {
    for (const tag of ['docker', 'list']) {
      for (const registry of [real, embedded.url]) {
        const { status, headers } = await ask('GET', `${registry}/v2/${PATH}/manifests/${tag}`);
        expect([status, headers['content-type']]).toEqual([200, schema1.mediaType]);
      }
    }
  });

  const image = (value: object) => JSON.stringify({ schemaVersion: 2, mediaType: oci.mediaType, ...value });
  const put = (body: string | Uint8Array, type: string, reference = 'new'): Question => ({
    method: 'PUT',
    path: `/v2/${PATH}/manifests/${reference}`,
    headers: { 'content-type': type },
    body,
  });
  const indexOfAbsent = JSON.stringify({
    schemaVersion: 2,
    mediaType: index.mediaType,
    manifests: [{ mediaType: oci.mediaType, size: 1, digest: ABSENT }],
  });
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', size: 1, digest: blob };

  test.each<[string, Question]>([
    ['the base', { method: 'GET', path: '/v2/' }],
    ['the base, HEAD', { method: 'HEAD', path: '/v2/' }],
    ['the base without a slash', { method: 'GET', path: '/v2' }],
    ['the GitLab v1 API', { method: 'GET', path: '/gitlab/v1/' }],
    ['an upper-case repository', { method: 'GET', path: '/v2/UP/tags/list' }],
    ['the catalog', { method: 'GET', path: '/v2/_catalog' }],
    ['the catalog, n=1', { method: 'GET', path: '/v2/_catalog?n=1' }],
    ['the catalog, n=0', { method: 'GET', path: '/v2/_catalog?n=0' }],
    ['the catalog, n=-1', { method: 'GET', path: '/v2/_catalog?n=-1' }],
    ['the catalog, n=x', { method: 'GET', path: '/v2/_catalog?n=x' }],
    ['the catalog, n too large', { method: 'GET', path: '/v2/_catalog?n=100000' }],
    ['tags of an unknown repository', { method: 'GET', path: '/v2/no/such/tags/list' }],
    ['tags by POST', { method: 'POST', path: `/v2/${PATH}/tags/list` }],
    ['tags by HEAD', { method: 'HEAD', path: `/v2/${PATH}/tags/list` }],
    ['an unknown tag', { method: 'GET', path: `/v2/${PATH}/manifests/none` }],
    ['a tag of an unknown repository', { method: 'GET', path: '/v2/no/such/manifests/none' }],
    ['an unknown digest', { method: 'GET', path: `/v2/${PATH}/manifests/${ABSENT}` }],
    ['an impossible tag', { method: 'GET', path: `/v2/${PATH}/manifests/-x` }],
    [
      'not modified',
      { method: 'HEAD', path: `/v2/${PATH}/manifests/oci`, headers: { 'if-none-match': `"${oci.digest}"` } },
    ],
    [
      'not modified before Accept',
      {
        method: 'HEAD',
        path: `/v2/${PATH}/manifests/index`,
        headers: { 'if-none-match': `"${index.digest}"` },
      },
    ],
    [
      'modified',
      {
        method: 'HEAD',
        path: `/v2/${PATH}/manifests/oci`,
        headers: { accept: WIDE, 'if-none-match': `"${ABSENT}"` },
      },
    ],
    ['options of a manifest', { method: 'OPTIONS', path: `/v2/${PATH}/manifests/oci` }],
    ['options of tags', { method: 'OPTIONS', path: `/v2/${PATH}/tags/list` }],
    ['delete by tag', { method: 'DELETE', path: `/v2/${PATH}/manifests/oci` }],
    ['delete of an unknown digest', { method: 'DELETE', path: `/v2/${PATH}/manifests/${ABSENT}` }],
    ['delete of a tag reference', { method: 'DELETE', path: `/v2/${PATH}/tags/reference/oci` }],
    ['a blob', { method: 'GET', path: `/v2/${PATH}/blobs/${blob}` }],
    ['a blob by HEAD', { method: 'HEAD', path: `/v2/${PATH}/blobs/${blob}` }],
    ['part of a blob', { method: 'GET', path: `/v2/${PATH}/blobs/${blob}`, headers: { range: 'bytes=3-9' } }],
    [
      'the rest of a blob',
      { method: 'GET', path: `/v2/${PATH}/blobs/${blob}`, headers: { range: 'bytes=3-' } },
    ],
    [
      'the end of a blob',
      { method: 'GET', path: `/v2/${PATH}/blobs/${blob}`, headers: { range: 'bytes=-3' } },
    ],
    ['an unknown blob', { method: 'GET', path: `/v2/${PATH}/blobs/${ABSENT}` }],
    ['delete of an unknown blob', { method: 'DELETE', path: `/v2/${PATH}/blobs/${ABSENT}` }],
    ['a blob without a digest', { method: 'GET', path: `/v2/${PATH}/blobs/x` }],
    ['a mount', { method: 'POST', path: `/v2/mounted/here/blobs/uploads/?mount=${blob}&from=${PATH}` }],
    [
      'a mount of nothing',
      { method: 'POST', path: `/v2/mounted/here/blobs/uploads/?mount=${ABSENT}&from=${PATH}` },
    ],
    [
      'an upload in one POST',
      {
        method: 'POST',
        path: `/v2/${PATH}/blobs/uploads/?digest=${blob}`,
        body: docker.blobs[1]?.bytes ?? '',
      },
    ],
    [
      'an unknown upload',
      { method: 'PATCH', path: `/v2/${PATH}/blobs/uploads/00000000-0000-4000-9000-000000000000`, body: 'x' },
    ],
    ['an index without its child', put(indexOfAbsent, index.mediaType)],
    [
      'an image without its config',
      put(image({ config: { ...config, digest: ABSENT }, layers: [] }), oci.mediaType),
    ],
    [
      'an image without a layer',
      put(
        image({
          config,
          layers: [
            { ...config, digest: ABSENT },
            { ...config, digest: `sha256:${'b'.repeat(64)}` },
          ],
        }),
        oci.mediaType,
      ),
    ],
    [
      'a foreign layer elsewhere',
      put(
        image({
          config,
          layers: [
            {
              mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
              size: 1,
              digest: ABSENT,
              urls: ['https://example.com/x'],
            },
          ],
        }),
        oci.mediaType,
      ),
    ],
    ['an index as an image', put(indexOfAbsent, oci.mediaType)],
    ['an image that is also an index', put(image({ config, layers: [], manifests: [] }), oci.mediaType)],
    ['an unknown type', put(image({}), 'application/vnd.oci.artifact.manifest.v1+json')],
    ['by another digest', put(oci.manifests[0]?.bytes ?? '', oci.mediaType, ABSENT)],
    ['by its digest', put(oci.manifests[0]?.bytes ?? '', oci.mediaType, oci.digest)],
    ['by tag', put(oci.manifests[0]?.bytes ?? '', oci.mediaType)],
  ])('%s', async (_name, question) => {
    await same(question);
  });

  test.each<[string, Question]>([
    ['PUT', put(oci.manifests[0]?.bytes ?? '', oci.mediaType)],
    ['DELETE by digest', { method: 'DELETE', path: `/v2/${PATH}/manifests/${oci.digest}` }],
    ['DELETE by tag', { method: 'DELETE', path: `/v2/${PATH}/manifests/oci` }],
    ['POST of an upload', { method: 'POST', path: `/v2/${PATH}/blobs/uploads/` }],
    ['OPTIONS', { method: 'OPTIONS', path: `/v2/${PATH}/manifests/oci` }],
  ])('read-only: %s', async (_name, question) => {
    embedded.options.readOnly = true;
    await same(question, locked).finally(() => {
      embedded.options.readOnly = false;
    });
  });

  test('deleting disabled', async () => {
    const closed = await startReal({ deleteEnabled: false });
    embedded.options.deleteEnabled = false;
    for (const reference of ['oci', oci.digest, ABSENT]) {
      await same({ method: 'DELETE', path: `/v2/${PATH}/manifests/${reference}` }, closed);
    }
    await same({ method: 'DELETE', path: `/v2/${PATH}/blobs/${blob}` }, closed);
    embedded.options.deleteEnabled = true;
  });

  test('an upload in pieces, with a wrong digest, cancelled', async () => {
    for (const registry of [real, embedded.url]) {
      const begun = await ask('POST', `${registry}/v2/${PATH}/blobs/uploads/`);
      const seen = [shape(begun)];
      const first = await ask('PATCH', begun.headers.location ?? '', { body: 'abc' });
      const status = await ask('GET', first.headers.location ?? '');
      const second = await ask('PATCH', status.headers.location ?? '', {
        headers: { 'content-range': '3-4' },
        body: 'de',
      });
      const wrong = await ask('PUT', `${second.headers.location}&digest=${ABSENT}`);
      const missing = await ask('POST', `${registry}/v2/${PATH}/blobs/uploads/`);
      const noDigest = await ask('PUT', missing.headers.location ?? '');
      const gone = await ask('DELETE', missing.headers.location ?? '');
      seen.push(...[first, status, second, wrong, noDigest, gone].map(shape));
      expect(seen.map(({ text, ...rest }) => ({ ...rest, text: text.slice(0, 70) }))).toMatchObject([
        { status: 202, range: '0-0' },
        { status: 202, range: '0-2' },
        { status: 204, range: '0-2' },
        { status: 202, range: '0-4' },
        { status: 400, text: '{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not' },
        { status: 400, text: '{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not' },
        { status: 204 },
      ]);
    }
  });

  test('deletes take siblings along; a broken link makes them fail half-way', async () => {
    const path = 'group/deletes';
    const [one, two] = [images.ociImage('one'), images.ociImage('two')];
    for (const registry of [real, embedded.url]) {
      await push(registry, path, one, 'a');
      await push(registry, path, one, 'b');
      await push(registry, path, two, 'c');
    }
    await same({ method: 'DELETE', path: `/v2/${path}/manifests/${one.digest}` });
    await same({ method: 'GET', path: `/v2/${path}/tags/list?n=1` });
    await same({ method: 'DELETE', path: `/v2/${path}/manifests/${two.digest}` });
    const empty = await same({ method: 'GET', path: `/v2/${path}/tags/list` });
    expect(empty.text).toContain('"tags":');

    for (const registry of [real, embedded.url]) {
      await push(registry, path, one, 'a');
      await push(registry, path, two, 'broken');
    }
    truncateSync(`${root}/docker/registry/v2/repositories/${path}/_manifests/tags/broken/current/link`);
    embedded.storage.breakTagLink(path, 'broken');
    await same({ method: 'GET', path: `/v2/${path}/manifests/broken` });
    await same({ method: 'HEAD', path: `/v2/${path}/manifests/broken` });
    await same({ method: 'DELETE', path: `/v2/${path}/manifests/${one.digest}` });
    await same({ method: 'GET', path: `/v2/${path}/manifests/a` });
    await same({ method: 'DELETE', path: `/v2/${path}/manifests/${one.digest}` });
    for (const registry of [real, embedded.url]) await push(registry, path, two, 'broken');
    await same({ method: 'HEAD', path: `/v2/${path}/manifests/broken`, headers: { accept: WIDE } });
  });

  test('a repository that never had a tag', async () => {
    const path = 'group/untagged';
    const one = images.ociImage('one');
    for (const registry of [real, embedded.url]) await push(registry, path, one, one.digest);
    await same({ method: 'GET', path: `/v2/${path}/tags/list` });
  });
});

const COMPARED = [
  'accept-ranges',
  'allow',
  'cache-control',
  'content-length',
  'content-range',
  'content-type',
  'docker-content-digest',
  'docker-distribution-api-version',
  'etag',
  'link',
  'location',
  'range',
  'www-authenticate',
  'x-content-type-options',
];

/** What two answers are compared by: everything but times, ids and ports. */
function comparable({ status, headers, text }: Answer): object {
  const plain = (value: string) =>
    value.replace(/127\.0\.0\.1:\d+/g, 'HOST').replace(/uploads\/[0-9a-f-]{36}\?_state=.*$/, 'uploads/ID');
  const kept = COMPARED.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, plain(headers[name])]],
  );
  const compared = { status, ...Object.fromEntries(kept), text: plain(text) };
  // Distribution keeps the payload alone and signs it anew with its own key on every read.
  const isSigned = headers['content-type']?.endsWith('prettyjws') === true;
  return isSigned ? { ...compared, text: '', 'content-length': '' } : compared;
}

function shape({ status, headers, text }: Answer) {
  return { status, range: headers.range, text };
}
