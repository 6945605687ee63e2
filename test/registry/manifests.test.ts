import { describe, expect, onTestFinished, test } from 'vitest';
import { NARROW, WIDE } from '../../src/core/accept.ts';
import { digestOf } from '../../src/core/digest.ts';
import { MediaType } from '../../src/core/media-types.ts';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, ociIndex, schema1Image, storeImage } from '../../src/demo/images.ts';
import { getManifest, headManifest, MANIFEST_LIMIT_BYTES } from '../../src/registry/manifests.ts';
import { rejection } from '../http/support/wire.ts';
import type { Reply } from '../support/scripted-server.ts';
import { connected, errorBody, scriptedRegistry } from './support/connected.ts';

const PATH = '/v2/group/project/manifests/latest';
const BODY = '{"schemaVersion":2}';
const DIGEST = digestOf(Buffer.from(BODY));
const OTHER = `sha256:${'b'.repeat(64)}`;

const registryWith = (method: 'GET' | 'HEAD', reply: Reply, times = 1) =>
  scriptedRegistry({ method, path: PATH, headers: { accept: WIDE.header }, reply, times });

describe('HEAD', () => {
  test.each<[string, Readonly<Record<string, string>>, object]>([
    [
      'digest and type',
      { 'docker-content-digest': DIGEST, 'content-type': 'A/B; charset=x' },
      { digest: DIGEST, mediaType: 'a/b' },
    ],
    ['no digest', { 'content-type': 'a/b' }, { digest: null, mediaType: 'a/b' }],
    ['no type', { 'docker-content-digest': DIGEST }, { digest: DIGEST, mediaType: null }],
    ['a digest that is none', { 'docker-content-digest': 'sha256:xyz' }, { digest: null, mediaType: null }],
    ['in upper case', { 'docker-content-digest': DIGEST.toUpperCase() }, { digest: null, mediaType: null }],
    ['two digests', { 'docker-content-digest': `${DIGEST}, ${DIGEST}` }, { digest: null, mediaType: null }],
    [
      'sha512',
      { 'docker-content-digest': `sha512:${'a'.repeat(128)}` },
      { digest: `sha512:${'a'.repeat(128)}` },
    ],
  ])('200 with %s', async (_name, headers, expected) => {
    const { client } = await registryWith('HEAD', { headers });
    expect(await headManifest(client, 'group/project', 'latest', WIDE)).toMatchObject({
      kind: 'found',
      ...expected,
    });
  });

  test.each([[204], [400], [401], [403], [404], [500]])('%i is a refusal without words', async (status) => {
    const { client } = await registryWith('HEAD', { status, headers: { 'docker-content-digest': DIGEST } });
    expect(await headManifest(client, 'group/project', 'latest', WIDE)).toEqual({ kind: 'refused', status });
  });

  test('503 is the answer after the retries', async () => {
    const { client } = await registryWith('HEAD', { status: 503 }, 3);
    expect(await headManifest(client, 'group/project', 'latest', WIDE)).toEqual({
      kind: 'refused',
      status: 503,
    });
  });

  test('the profile decides what the registry says', async () => {
    const registry = await startEmbeddedRegistry();
    onTestFinished(registry.close);
    const index = ociIndex([{ image: ociImage('one'), platform: 'linux/amd64' }]);
    storeImage(registry.storage, 'group/project', index, 'latest');
    const client = connected(registry.url);
    expect(await headManifest(client, 'group/project', 'latest', WIDE)).toMatchObject({
      digest: index.digest,
    });
    expect(await headManifest(client, 'group/project', 'latest', NARROW)).toEqual({
      kind: 'refused',
      status: 404,
    });
    expect(registry.requests.map(({ accept }) => accept)).toEqual([WIDE.header, NARROW.header]);
  });

  test('200 tags cost no more connections than are allowed', async () => {
    const registry = await startEmbeddedRegistry();
    onTestFinished(registry.close);
    const image = ociImage('one');
    const names = Array.from({ length: 200 }, (_, index) => `t${index}`);
    for (const name of names) storeImage(registry.storage, 'group/project', image, name);
    const client = connected(registry.url);
    const heads = await Promise.all(names.map((name) => headManifest(client, 'group/project', name, WIDE)));
    expect(heads.every((head) => head.kind === 'found' && head.digest === image.digest)).toBe(true);
    expect(registry.connectionsOpened).toBeLessThanOrEqual(4);
  });
});

describe('GET', () => {
  test.each<[string, Readonly<Record<string, string>>, object]>([
    ['agrees', { 'docker-content-digest': DIGEST }, { headerDigest: DIGEST }],
    ['is missing', {}, { headerDigest: null }],
    ['is malformed', { 'docker-content-digest': 'x' }, { headerDigest: 'x' }],
    ['disagrees', { 'docker-content-digest': OTHER }, { headerDigest: OTHER }],
  ])('the digest is the bytes’, when the header %s', async (_name, headers, expected) => {
    const { client } = await registryWith('GET', {
      body: BODY,
      headers: { ...headers, 'content-type': 'a/b' },
    });
    const manifest = await getManifest(client, 'group/project', 'latest', WIDE);
    expect(manifest).toMatchObject({ kind: 'found', digest: DIGEST, mediaType: 'a/b', ...expected });
    expect(manifest.kind === 'found' && Buffer.from(manifest.bytes).toString()).toBe(BODY);
  });

  test('signed schema 1: the digest is over the payload, the bytes are whole', async () => {
    const image = schema1Image('one');
    const bytes = image.manifests.at(-1)?.bytes ?? new Uint8Array();
    expect(image.digest).not.toBe(digestOf(bytes));
    const { client } = await registryWith('GET', {
      body: bytes,
      headers: { 'content-type': MediaType.dockerSchema1Signed },
    });
    const manifest = await getManifest(client, 'group/project', 'latest', WIDE);
    expect(manifest).toMatchObject({ digest: image.digest, mediaType: MediaType.dockerSchema1Signed });
    expect(manifest.kind === 'found' && Buffer.from(manifest.bytes).equals(bytes)).toBe(true);
  });

  test.each([
    ['schema 1 without a signature', MediaType.dockerSchema1],
    ['signed schema 1 that is none', MediaType.dockerSchema1Signed],
    ['no type', ''],
  ])('%s: the digest is over all bytes', async (_name, type) => {
    const { client } = await registryWith('GET', { body: BODY, headers: { 'content-type': type } });
    expect(await getManifest(client, 'group/project', 'latest', WIDE)).toMatchObject({ digest: DIGEST });
  });

  test.each([
    ['exactly 4 MiB', MANIFEST_LIMIT_BYTES, null],
    ['a byte more', MANIFEST_LIMIT_BYTES + 1, 'BODY_TOO_LARGE'],
  ])('%s', async (_name, length, code) => {
    const body = Buffer.alloc(length, ' ');
    const { client } = await registryWith('GET', { body });
    const read = getManifest(client, 'group/project', 'latest', WIDE);
    if (code === null) expect(await read).toMatchObject({ digest: digestOf(body) });
    else expect(await rejection(read)).toMatchObject({ code });
  });

  test('a body that breaks off is read again', async () => {
    const { client, server } = await registryWith('GET', { body: BODY, fault: 'truncate' });
    server.expect({ method: 'GET', path: PATH, reply: { body: BODY } });
    expect(await getManifest(client, 'group/project', 'latest', WIDE)).toMatchObject({ digest: DIGEST });
  });

  test('a gzip encoding that nobody asked for is no reason to unpack', async () => {
    const { client } = await registryWith('GET', { body: BODY, headers: { 'content-encoding': 'gzip' } });
    expect(await getManifest(client, 'group/project', 'latest', WIDE)).toMatchObject({ digest: DIGEST });
  });

  test('a refusal with the registry’s words', async () => {
    const { client } = await registryWith('GET', {
      status: 404,
      body: errorBody('MANIFEST_UNKNOWN', 'manifest unknown', { Tag: 'latest' }),
    });
    expect(await getManifest(client, 'group/project', 'latest', WIDE)).toEqual({
      kind: 'refused',
      status: 404,
      code: 'MANIFEST_UNKNOWN',
      message: 'manifest unknown ({"Tag":"latest"})',
    });
  });

  test('a refusal whose page is longer than any manifest is still that refusal', async () => {
    const { client } = await registryWith('GET', { status: 404, body: Buffer.alloc(5_000_000, '<') });
    expect(await getManifest(client, 'group/project', 'latest', WIDE)).toMatchObject({
      kind: 'refused',
      status: 404,
    });
  });
});

test('a digest is a reference as well', async () => {
  const { client } = await scriptedRegistry({
    method: 'HEAD',
    path: `/v2/group/project/manifests/${OTHER}`,
    reply: { headers: { 'docker-content-digest': OTHER } },
  });
  expect(await headManifest(client, 'group/project', OTHER, WIDE)).toMatchObject({ digest: OTHER });
});
