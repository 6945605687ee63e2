import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { basicCredential } from '../../src/auth/credential.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../src/demo/registry-options.ts';
import { ask } from '../demo/client.ts';
import { connect, disconnectAll, fix, openPair, outcomes, type Sites } from './support.ts';

const PATH = 'group/project';
const MiB = 1024 * 1024;
const OCI = 'application/vnd.oci.image.manifest.v1+json';

let primary: EmbeddedRegistry;
let secondary: EmbeddedRegistry;
let sites: Sites;

beforeEach(async () => {
  ({ primary, secondary, sites } = await openPair());
});
afterEach(disconnectAll);

interface Large extends images.BuiltImage {
  readonly layer: images.BuiltBlob;
}

/** An image with one layer of random bytes. */
function largeImage(size: number): Large {
  const bytes = randomBytes(size);
  const layer = { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
  const config = images.blobOf(layer.digest, 'config');
  const value = {
    schemaVersion: 2,
    mediaType: OCI,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.bytes.length,
    },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size }],
  };
  return { ...images.manifestOf(OCI, value, [config, layer]), layer };
}

function put(registry: EmbeddedRegistry, tag: string, image: images.BuiltImage, path = PATH): void {
  images.storeImage(registry.storage, path, image, tag);
}

function stored(registry: EmbeddedRegistry, path = PATH) {
  return registry.storage.repository(path);
}

/** Not `toEqual`, which takes minutes over megabytes. */
function isWhole({ layer }: Large): boolean {
  const bytes = stored(secondary).blobs.get(layer.digest);
  return bytes !== undefined && Buffer.compare(bytes, layer.bytes) === 0;
}

const seen = (registry: EmbeddedRegistry, method: string, part: string) =>
  registry.requests.filter(
    (request) => request.method === method && decodeURIComponent(request.path).includes(part),
  );

describe('a download that breaks off', () => {
  test('goes on by Range in the same upload', async () => {
    const large = largeImage(9 * MiB);
    put(primary, 'large', large);
    primary.options.fault = ({ method, path, count }: FaultRequest): Fault =>
      method === 'GET' && path.endsWith(large.layer.digest) && count <= 3 ? 'truncate' : undefined;

    const { actions } = await fix(sites, [PATH]);

    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(isWhole(large)).toBe(true);
    const ranges = seen(primary, 'GET', large.layer.digest).map(({ headers }) => headers.range ?? 'whole');
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toBe('whole');
    expect(ranges[1]).toMatch(/^bytes=\d{6,}-$/);
    expect(seen(secondary, 'PATCH', 'uploads')).toHaveLength(1);
    expect(actions[0]?.bytes).toBe(9 * MiB + bytesWithout(large));
  });

  test('goes on although the registry ignores Range', async () => {
    const large = largeImage(5 * MiB);
    put(primary, 'large', large);
    primary.options.fault = ({ method, path, headers, count }: FaultRequest): Fault => {
      if (method !== 'GET' || !path.endsWith(large.layer.digest)) return undefined;
      if (count === 1) return 'truncate';
      return headers.range === undefined ? undefined : { status: 200, body: large.layer.bytes };
    };
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(isWhole(large)).toBe(true);
  });

  test('for good fails the action, and nothing is committed', async () => {
    const large = largeImage(5 * MiB);
    put(primary, 'large', large);
    put(primary, 'other', images.ociImage('other'));
    let broken = false;
    primary.options.fault = ({ method, path }: FaultRequest): Fault => {
      if (method !== 'GET' || !path.endsWith(large.layer.digest)) return undefined;
      const first = !broken;
      broken = true;
      return first ? 'truncate' : 'reset';
    };
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ large: 'copy failed', other: 'copy done' });
    expect(actions.find(({ tag }) => tag === 'large')?.detail).toContain(large.layer.digest);
    expect(stored(secondary).blobs.has(large.layer.digest)).toBe(false);
    expect(seen(secondary, 'PUT', large.layer.digest)).toEqual([]);
  });
});

describe('an upload', () => {
  test('goes in pieces of the size asked for', async () => {
    const large = largeImage(7 * MiB + 5);
    put(primary, 'large', large);
    const { actions } = await fix(sites, [PATH], { chunkBytes: 3 * MiB });
    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    const ranges = seen(secondary, 'PATCH', 'uploads').map(({ headers }) => headers['content-range']);
    expect(ranges).toEqual([`0-${3 * MiB - 1}`, `${3 * MiB}-${6 * MiB - 1}`, `${6 * MiB}-${7 * MiB + 4}`]);
  });

  test('is cut smaller for the rest of the run where 413 is the answer', async () => {
    const images_ = [largeImage(5 * MiB), largeImage(5 * MiB)];
    for (const [i, image] of images_.entries()) put(primary, `large-${i}`, image);
    const limit = 1.5 * MiB;
    secondary.options.fault = ({ method, headers }: FaultRequest): Fault =>
      method === 'PATCH' && Number(headers['content-length']) > limit
        ? { status: 413, body: '<html>Request Entity Too Large</html>' }
        : undefined;
    const { actions } = await fix(sites, [PATH], { copies: 1 });
    expect(outcomes(actions)).toEqual({ 'large-0': 'copy done', 'large-1': 'copy done' });
    const refused = secondary.requests.filter(({ status }) => status === 413);
    expect(refused.length).toBeLessThanOrEqual(3);
  });

  test.each(['reset', 'truncate'] as const)(
    'that breaks off (%s) goes on where the secondary is',
    async (kind) => {
      const large = largeImage(6 * MiB);
      put(primary, 'large', large);
      let broken = 0;
      secondary.options.fault = ({ method, headers }: FaultRequest): Fault => {
        if (method !== 'PATCH' || !headers['content-range']?.startsWith(`${2 * MiB}-`) || broken > 0)
          return undefined;
        broken++;
        return kind;
      };
      const { actions } = await fix(sites, [PATH], { chunkBytes: 2 * MiB });
      expect(outcomes(actions)).toEqual({ large: 'copy done' });
      expect(broken).toBe(1);
      expect(seen(secondary, 'POST', 'uploads')).toHaveLength(2);
      expect(isWhole(large)).toBe(true);
    },
  );

  test('of which the secondary got more than it said goes on behind that', async () => {
    const large = largeImage(6 * MiB);
    put(primary, 'large', large);
    let broken = false;
    secondary.options.fault = async ({ method, path, headers }: FaultRequest): Promise<Fault> => {
      if (method !== 'PATCH' || broken || !headers['content-range']?.startsWith(`${2 * MiB}-`))
        return undefined;
      broken = true;
      await ask('PATCH', secondary.url + path, { body: large.layer.bytes.subarray(2 * MiB, 3 * MiB + 7) });
      return 'reset';
    };
    const { actions } = await fix(sites, [PATH], { chunkBytes: 2 * MiB });
    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(seen(secondary, 'POST', 'uploads')).toHaveLength(2);
    const ranges = seen(secondary, 'PATCH', 'uploads').map(({ headers }) => headers['content-range']);
    expect(ranges).toContain(`${3 * MiB + 7}-${4 * MiB + 6}`);
    expect(isWhole(large)).toBe(true);
  });

  test('whose session is lost begins again', async () => {
    const large = largeImage(6 * MiB);
    put(primary, 'large', large);
    let lost = '';
    secondary.options.fault = ({ method, path, headers }: FaultRequest): Fault => {
      const id = path.match(/uploads\/([^?]+)/)?.[1] ?? '';
      if (method === 'PATCH' && headers['content-range']?.startsWith(`${2 * MiB}-`) && lost === '') lost = id;
      return id !== '' && id === lost
        ? { status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' }
        : undefined;
    };
    const { actions } = await fix(sites, [PATH], { chunkBytes: 2 * MiB });
    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(isWhole(large)).toBe(true);
  });

  test("refused for quota or size fails in the registry's words; other tags are copied", async () => {
    const large = largeImage(3 * MiB);
    put(primary, 'large', large);
    put(primary, 'small', images.ociImage('small'));
    secondary.options.fault = ({ method }: FaultRequest): Fault =>
      method === 'PATCH'
        ? { status: 403, body: '{"errors":[{"code":"DENIED","message":"your quota is used up"}]}' }
        : undefined;
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ large: 'copy failed', small: 'copy done' });
    expect(actions[0]?.detail).toContain('HTTP 403 DENIED: your quota is used up');
  });
});

describe('content that is not what its digest says', () => {
  test.each([
    ['a small layer', 1000],
    ['a large layer', 5 * MiB],
  ])('%s is never committed', async (_name, size) => {
    const large = largeImage(size);
    put(primary, 'bad', large);
    put(secondary, 'old', images.ociImage('old'));
    const wrong = Buffer.from(large.layer.bytes);
    wrong[size - 1] = (wrong[size - 1] ?? 0) ^ 1;
    stored(primary).blobs.set(large.layer.digest, wrong);

    const { actions } = await fix(sites, [PATH]);

    expect(outcomes(actions)).toEqual({ bad: 'copy failed', old: 'delete skipped' });
    expect(actions[0]?.detail).toMatch(/does not hash to its digest/);
    expect(actions[1]?.detail).toMatch(/a copy failed in this repository \(bad\)/);
    expect(seen(secondary, 'PUT', large.layer.digest)).toEqual([]);
    expect(stored(secondary).tags.has('bad')).toBe(false);
  });

  test('a manifest is not pushed', async () => {
    const image = images.ociImage('meddled');
    put(primary, 'bad', image);
    stored(primary).manifests.set(image.digest, {
      bytes: Buffer.from('{"schemaVersion":2}'),
      mediaType: OCI,
      storedAt: new Date(0),
    });
    const { actions } = await fix(sites, [PATH]);
    expect(actions[0]?.detail).toMatch(/hashes to sha256:.*corrupt/);
    expect(stored(secondary).manifests.size).toBe(0);
  });
});

describe('what is missing on the primary fails the action', () => {
  test.each<[string, (index: images.BuiltImage) => void, RegExp]>([
    ['a layer', (index) => primary.storage.removeBlob(PATH, index.blobs[1]?.digest ?? ''), /BLOB_UNKNOWN/],
    [
      'a child',
      (index) => primary.storage.removeManifest(PATH, index.manifests[0]?.digest ?? ''),
      /MANIFEST_UNKNOWN/,
    ],
  ])('%s', async (_name, remove, words) => {
    const index = images.ociIndexOf('index');
    put(primary, 'index', index);
    put(primary, 'other', images.ociImage('other'));
    remove(index);
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ index: 'copy failed', other: 'copy done' });
    expect(actions.find(({ tag }) => tag === 'index')?.detail).toMatch(words);
    expect(stored(secondary).tags.has('index')).toBe(false);
  });
});

test('a subject and its own subject come first; one that nobody has is done without', async () => {
  const subject = images.ociIndexOf('subject');
  const signature = images.signature(subject);
  const countersigned = images.signature(signature);
  images.storeImage(primary.storage, PATH, subject);
  images.storeImage(primary.storage, PATH, signature);
  put(primary, 'countersigned', countersigned);
  put(primary, 'lonely', images.signature(images.ociImage('never pushed')));

  const { actions, after } = await fix(sites, [PATH]);

  expect(outcomes(actions)).toEqual({ countersigned: 'copy done', lonely: 'copy done' });
  for (const { digest } of [...subject.manifests, ...signature.manifests])
    expect(stored(secondary).manifests.has(digest)).toBe(true);
  const pushes = seen(secondary, 'PUT', '/manifests/').map(({ path }) => path.split('/').at(-1));
  expect(pushes.indexOf(subject.digest)).toBeLessThan(pushes.indexOf(signature.digest));
  expect(pushes.indexOf(signature.digest)).toBeLessThan(pushes.indexOf('countersigned'));
  expect(after.summary.verdict).toBe('IN-SYNC');
});

test('what tags share is sent once, and mounted into other repositories', async () => {
  const shared = images.ociIndexOf('shared');
  for (const tag of ['a', 'b', 'c']) put(primary, tag, shared);
  put(primary, 'a', shared, 'group/second');
  const { actions } = await fix(sites, [PATH, 'group/second']);
  expect(actions.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'done']);
  for (const { digest } of shared.blobs) expect(seen(secondary, 'PUT', digest)).toHaveLength(1);
  expect(seen(secondary, 'POST', 'group/second/blobs/uploads/?mount=')).toHaveLength(shared.blobs.length);
  expect(actions[3]?.bytes).toBe(shared.manifests.reduce((sum, { bytes }) => sum + bytes.length, 0));
});

test('foreign layers are left out, and blobs of an artifact are not', async () => {
  const config = images.blobOf('windows', 'config');
  const extra = images.blobOf('windows', 'extra');
  const foreign = images.blobOf('windows', 'foreign');
  const image = images.manifestOf(
    OCI,
    {
      schemaVersion: 2,
      mediaType: OCI,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: 1 },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
          digest: foreign.digest,
          size: foreign.bytes.length,
          urls: ['https://example.com/layer'],
        },
      ],
      blobs: [{ mediaType: 'text/plain', digest: extra.digest, size: extra.bytes.length }],
    },
    [config, extra],
  );
  put(primary, 'windows', image);
  const { actions } = await fix(sites, [PATH]);
  expect(outcomes(actions)).toEqual({ windows: 'copy done' });
  expect([...stored(secondary).blobs.keys()].sort()).toEqual([config.digest, extra.digest].sort());
});

test('blobs in object storage are read without credentials, everything else with them', async () => {
  const users = { geo: { password: 'secret' } };
  for (const registry of [primary, secondary]) Object.assign(registry.options, { auth: 'token', users });
  const objects = await startEmbeddedRegistry({ storage: primary.storage });
  primary.options.redirectBlobsTo = objects.url;
  const credential = basicCredential({ username: 'geo', password: 'secret', source: 'the test' });
  const signedIn = {
    primary: connect(primary.url, 'primary', { credential }),
    secondary: connect(secondary.url, 'secondary', { credential }),
  };
  put(primary, 'large', largeImage(3 * MiB));
  put(secondary, 'orphan', images.ociImage('orphan'));
  put(secondary, 'kept', images.ociImage('kept'));
  put(primary, 'kept', images.ociImage('kept'));
  try {
    const { actions } = await fix(signedIn, [PATH]);
    expect(outcomes(actions)).toEqual({ large: 'copy done', orphan: 'delete done' });
    expect(objects.requests.length).toBeGreaterThan(0);
    expect(objects.requests.every(({ authorized }) => !authorized)).toBe(true);
    const asked = primary.requests.filter(({ path }) => path.startsWith('/jwt/auth'));
    expect(asked.every(({ path }) => !/push|delete/.test(path))).toBe(true);
  } finally {
    await objects.close();
  }
});

function bytesWithout(image: Large): number {
  const all = [...image.manifests, ...image.blobs].filter(({ digest }) => digest !== image.layer.digest);
  return all.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
