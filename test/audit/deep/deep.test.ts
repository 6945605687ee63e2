import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { MediaType } from '../../../src/core/media-types.ts';
import type { EmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import {
  artifact,
  type BuiltImage,
  blobOf,
  buildkitCache,
  dockerImage,
  dockerListOf,
  manifestOf,
  ociImage,
  ociIndexOf,
  signature,
  signatureTag,
} from '../../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../../src/demo/registry-options.ts';
import { sentence } from '../../../src/reporters/sentence.ts';
import { type Pair, type ScanPairOptions, scanPair, startPair } from '../support/scan-embedded.ts';
import { PATH } from '../support/snapshots.ts';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
});
afterEach(() => pair.close());

const DEEP: ScanPairOptions = { deep: { verifyBlobs: false } };
const VERIFY: ScanPairOptions = { deep: { verifyBlobs: true } };
const layerOf = (image: BuiltImage) => image.blobs[1]?.digest ?? '';
const configOf = (image: BuiltImage) => image.blobs[0]?.digest ?? '';
const fetched = ({ requests }: EmbeddedRegistry) =>
  requests
    .filter(({ path }) => /\/(manifests|blobs)\/sha256:/.test(path))
    .map(({ method, path }) => `${method} ${path}`);

describe('a healthy repository', () => {
  beforeEach(() => {
    pair.put('both', 'docker', dockerImage('a'));
    pair.put('both', 'oci', ociImage('a'));
    pair.put('both', 'index', ociIndexOf('a'));
    pair.put('both', 'list', dockerListOf('a'));
    pair.put('both', 'artifact', artifact('a'));
    pair.put('both', 'untyped', ociImage('b', { withMediaType: false }));
    pair.put('both', 'cache', buildkitCache('a'));
    pair.put('both', signatureTag(ociImage('a').digest), signature(ociImage('a')));
  });

  it('yields no cause and stays in sync', async () => {
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', errors: [], causes: [] });
    expect(tag('index')?.primary).toMatchObject({ deep: { complete: true, missing: [], corrupt: [] } });
    expect(tag('cache')?.secondary).toMatchObject({ deep: { notes: ['BUILDKIT_CACHE'] } });
    expect(tag('artifact')?.secondary).toMatchObject({ deep: { notes: ['NO_BLOB_LIST'] } });
    expect(tag('untyped')?.secondary).toMatchObject({ deep: { notes: ['MEDIA_TYPE_MISSING'] } });
  });

  it('is asked nothing below its tags without --deep, and says nothing of it', async () => {
    const { tag } = await scanPair(pair);
    expect(fetched(pair.primary)).toEqual([]);
    expect(tag('index')?.primary).not.toHaveProperty('deep');
  });

  it('is asked nothing below tags that a filter hides', async () => {
    const { tag } = await scanPair(pair, { ...DEEP, isShown: (name) => name === 'artifact' });
    expect(tag('artifact')?.primary).toHaveProperty('deep');
    expect(fetched(pair.primary)).toHaveLength(2);
  });

  it('passes with every blob downloaded, once a site', async () => {
    const bytes = { primary: 0, secondary: 0 };
    const { repository } = await scanPair(pair, {
      ...VERIFY,
      onEvent: (event) => {
        if (event.type === 'deep') bytes[event.site] = event.bytes;
      },
    });
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', errors: [], causes: [] });
    for (const registry of [pair.primary, pair.secondary]) {
      const blobs = fetched(registry).filter((line) => line.includes('/blobs/'));
      expect(blobs.every((line) => line.startsWith('GET '))).toBe(true);
      expect(new Set(blobs).size).toBe(blobs.length);
    }
    const all = pair.primary.storage.repository(PATH).blobs.values();
    const total = [...all].reduce((sum, blob) => sum + blob.length, 0);
    expect(bytes).toEqual({ primary: total, secondary: total });
  });
});

describe('content that is gone', () => {
  const index = ociIndexOf('a');
  const [child] = index.manifests;

  test.each<[string, BuiltImage, (registry: EmbeddedRegistry) => void, string, string]>([
    [
      'a child',
      index,
      (registry) => registry.storage.removeManifest(PATH, child?.digest ?? ''),
      'BROKEN_INDEX',
      'child',
    ],
    [
      'a layer of a child',
      index,
      (registry) => registry.storage.removeBlob(PATH, layerOf(index)),
      'HOLLOW_MANIFEST',
      'layer',
    ],
    [
      'a config',
      ociImage('a'),
      (registry) => registry.storage.removeBlob(PATH, configOf(ociImage('a'))),
      'HOLLOW_MANIFEST',
      'config',
    ],
    [
      'a layer of a Docker image',
      dockerImage('a'),
      (registry) => registry.storage.removeBlob(PATH, layerOf(dockerImage('a'))),
      'HOLLOW_MANIFEST',
      'layer',
    ],
    [
      'a blob of a cache',
      buildkitCache('a'),
      (registry) => registry.storage.removeBlob(PATH, configOf(buildkitCache('a'))),
      'HOLLOW_MANIFEST',
      'blob',
    ],
  ])('%s: MATCH stays MATCH and is a difference', async (_, image, remove, cause, role) => {
    pair.put('both', 'v1', image);
    pair.put('both', 'sound', ociImage('sound'));
    remove(pair.secondary);
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(repository).toMatchObject({ verdict: 'OUT-OF-SYNC', errors: [], counts: { MATCH: 2 } });
    expect(tag('v1')).toMatchObject({
      status: 'MATCH',
      primary: { deep: { complete: true, missing: [] } },
      secondary: { deep: { complete: true, missing: [{ role }], corrupt: [] } },
    });
    expect(tag('v1')?.causes).toContain(cause);
    expect(tag('sound')?.causes).toEqual([]);
    expect(repository.evidence?.find(({ code }) => code === cause)?.detail).toContain(
      `missing ${role} sha256`,
    );
  });

  it('is said in the sentence', async () => {
    pair.put('both', 'v1', ociImage('a'));
    pair.secondary.storage.removeBlob(PATH, layerOf(ociImage('a')));
    const { repository } = await scanPair(pair, DEEP);
    const summary = {
      verdict: 'OUT-OF-SYNC',
      repositories: { total: 1, 'IN-SYNC': 0, 'OUT-OF-SYNC': 1, INCOMPLETE: 0 },
      tags: repository.counts,
      silentlySkipped: 0,
    };
    const report = { run: { interrupted: false }, summary, repositories: [repository], fix: null };
    expect(sentence(report as unknown as Parameters<typeof sentence>[0])).toBe(
      `1 tag matches and cannot be pulled in ${PATH}: content is missing or corrupt on a site.`,
    );
  });

  it('on both sites is a difference too, seen where each says so', async () => {
    pair.put('both', 'v1', ociImage('a'));
    for (const { storage } of [pair.primary, pair.secondary])
      storage.removeBlob(PATH, layerOf(ociImage('a')));
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(repository.verdict).toBe('OUT-OF-SYNC');
    expect(tag('v1')).toMatchObject({ status: 'MATCH', causes: ['HOLLOW_MANIFEST'] });
  });

  it('on the site that the other read the manifest of is found by asking there', async () => {
    // Whoever comes second takes the structure of the first, and still asks whether it is there.
    pair.put('both', 'v1', index);
    for (const manifest of index.manifests.slice(0, 2))
      pair.secondary.storage.removeManifest(PATH, manifest.digest);
    const { tag } = await scanPair(pair, DEEP);
    expect(tag('v1')?.secondary).toMatchObject({ deep: { missing: [{ role: 'child' }, { role: 'child' }] } });
  });

  it('explains with the peculiarities of the manifest', async () => {
    const image = ociImage('a', { withMediaType: false });
    pair.put('both', 'v1', image);
    pair.secondary.storage.removeBlob(PATH, layerOf(image));
    const { tag } = await scanPair(pair, DEEP);
    expect(tag('v1')?.causes).toEqual(['HOLLOW_MANIFEST', 'MEDIA_TYPE_MISSING']);
  });
});

describe('a subject', () => {
  const subject = ociImage('subject');

  it('that the secondary lacks is copied first, says the cause', async () => {
    pair.put('both', 'sig', signature(subject));
    pair.put('primary', 'subject', subject);
    const { tag } = await scanPair(pair, DEEP);
    expect(tag('sig')).toMatchObject({ status: 'MATCH', causes: ['SUBJECT_MISSING'] });
  });

  it('that neither site has was never pushed, and is no difference', async () => {
    pair.put('both', 'sig', signature(subject));
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', causes: [] });
    expect(tag('sig')?.primary).toMatchObject({ deep: { missing: [{ role: 'subject' }] } });
  });
});

describe('a descriptor', () => {
  const blob = blobOf('a', 'layer');

  it('whose digest is none is corrupt content', async () => {
    const image = manifestOf(MediaType.ociManifest, {
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      layers: [{ mediaType: 'x', size: 1, digest: 'sha256:nonsense' }],
    });
    pair.put('both', 'v1', image);
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(tag('v1')).toMatchObject({ status: 'MATCH', causes: ['INVALID_DIGEST'] });
    expect(tag('v1')?.primary).toMatchObject({
      deep: { corrupt: [{ role: 'layer', digest: '"sha256:nonsense"' }] },
    });
    expect(repository.verdict).toBe('OUT-OF-SYNC');
  });

  it('of another size than the blob is corrupt content', async () => {
    const image = manifestOf(
      MediaType.ociManifest,
      { schemaVersion: 2, mediaType: MediaType.ociManifest, layers: [{ size: 1, digest: blob.digest }] },
      [blob],
    );
    pair.put('both', 'v1', image);
    const { tag } = await scanPair(pair, DEEP);
    expect(tag('v1')?.secondary).toMatchObject({
      deep: { corrupt: [{ role: 'layer', found: `${blob.bytes.length} bytes instead of 1` }] },
    });
  });

  it('of a foreign layer is not asked for', async () => {
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const layers = [{ mediaType, size: 1, digest: blob.digest, urls: ['https://elsewhere.example/'] }];
    pair.put('both', 'v1', manifestOf(MediaType.ociManifest, { schemaVersion: 2, layers }));
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', causes: [] });
    expect(tag('v1')?.primary).toMatchObject({ deep: { notes: ['MEDIA_TYPE_MISSING', 'FOREIGN_LAYER'] } });
  });
});

describe('bytes that do not hash to their digest', () => {
  const image = ociImage('a');

  it('are found in a manifest by whoever reads it', async () => {
    const index = ociIndexOf('a');
    pair.put('both', 'v1', index);
    const [child] = index.manifests;
    for (const { storage } of [pair.primary, pair.secondary]) {
      storage.removeManifest(PATH, child?.digest ?? '');
      const other = ociImage('meddled').manifests[0];
      if (child === undefined || other === undefined) throw new Error('no manifest');
      storage.repository(PATH).manifests.set(child.digest, { ...other, storedAt: new Date(0) });
    }
    const { tag } = await scanPair(pair, DEEP);
    const found = ociImage('meddled').digest;
    expect(tag('v1')?.primary).toMatchObject({ deep: { corrupt: [{ role: 'child', found }] } });
    expect(tag('v1')?.causes).toEqual(['INVALID_DIGEST']);
  });

  it('are found in a blob of the right length by --verify-blobs alone', async () => {
    pair.put('both', 'v1', image);
    const right = image.blobs[1]?.bytes ?? new Uint8Array();
    pair.secondary.storage.repository(PATH).blobs.set(layerOf(image), Buffer.alloc(right.length, 120));
    expect((await scanPair(pair, DEEP)).repository.verdict).toBe('IN-SYNC');
    const { tag } = await scanPair(pair, VERIFY);
    expect(tag('v1')).toMatchObject({
      primary: { deep: { corrupt: [] } },
      secondary: { deep: { corrupt: [{ role: 'layer', digest: layerOf(image) }] } },
      causes: ['INVALID_DIGEST'],
    });
  });
});

describe('an answer that is none', () => {
  const image = ociImage('a');
  const isBlob = ({ path }: FaultRequest) => path.includes(`/blobs/${layerOf(image)}`);
  const isRoot = ({ path }: FaultRequest) => path.includes(`/manifests/${image.digest}`);
  beforeEach(() => {
    pair.put('both', 'v1', image);
    pair.put('both', 'sound', dockerImage('sound'));
  });

  test.each<[string, (request: FaultRequest) => boolean, Fault, string]>([
    ['500 for a blob', isBlob, { status: 500 }, 'HTTP_500'],
    ['403 for a blob', isBlob, { status: 403 }, 'DENIED'],
    ["a proxy's 404 for a blob", isBlob, { status: 404, body: '<html>' }, 'NOT_FOUND'],
    ['a reset for a blob', isBlob, 'reset', 'UNREACHABLE'],
    ['500 for a manifest', isRoot, { status: 500 }, 'HTTP_500'],
    ["a proxy's 404 for a manifest", isRoot, { status: 404, body: '<html>' }, 'NOT_FOUND'],
    ['429 for a manifest', isRoot, { status: 429 }, 'TOOMANYREQUESTS'],
  ])('%s is an error of the repository and never "missing"', async (_, where, fault, code) => {
    pair.secondary.options.fault = (request) => (where(request) ? fault : undefined);
    const { repository, tag } = await scanPair(pair, DEEP);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', code, tags: ['v1'] }],
    });
    expect(tag('v1')).toMatchObject({
      status: 'MATCH',
      primary: { deep: { complete: true } },
      secondary: { deep: { complete: false, missing: [], corrupt: [] } },
      causes: [],
    });
    expect(tag('sound')?.secondary).toMatchObject({ deep: { complete: true } });
  });

  it('a download that breaks off goes on; one that never comes is an error', async () => {
    let cuts = 2;
    pair.secondary.options.fault = ({ method, path }) =>
      method === 'GET' && path.includes(`/blobs/${layerOf(image)}`) && cuts-- > 0 ? 'truncate' : undefined;
    expect((await scanPair(pair, VERIFY)).repository).toMatchObject({ verdict: 'IN-SYNC', errors: [] });
    cuts = Number.POSITIVE_INFINITY;
    pair.secondary.options.fault = ({ path }) =>
      path.includes(`/blobs/${layerOf(image)}`)
        ? { status: 200, headers: { 'content-length': '9' }, body: 'x' }
        : undefined;
    const { repository } = await scanPair(pair, { ...VERIFY, timeoutMs: 400 });
    expect(repository.verdict).not.toBe('IN-SYNC');
  });

  it('an interruption leaves what was read, and INCOMPLETE', async () => {
    const controller = new AbortController();
    pair.secondary.options.fault = (request) => {
      if (isRoot(request)) controller.abort();
      return undefined;
    };
    const { repository, interrupted } = await scanPair(pair, { ...DEEP, signal: controller.signal });
    expect(interrupted).toBe(true);
    expect(repository.verdict).toBe('INCOMPLETE');
    expect(repository.errors.every(({ code }) => code === 'INTERRUPTED')).toBe(true);
    expect(repository.counts.MATCH).toBe(2);
  });
});

describe('object storage behind the registry', () => {
  const image = ociImage('a');
  beforeEach(() => {
    pair.put('both', 'v1', image);
    pair.secondary.options.redirectBlobsTo = pair.primary.url;
  });

  it('is asked, and what it has is there', async () => {
    const { repository } = await scanPair(pair, VERIFY);
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', errors: [] });
  });

  it('that lost a blob makes the manifest hollow', async () => {
    pair.primary.options.fault = ({ path }) =>
      path.startsWith('/storage/') && path.endsWith(layerOf(image))
        ? { status: 404, body: 'NoSuchKey' }
        : undefined;
    const { tag } = await scanPair(pair, DEEP);
    expect(tag('v1')).toMatchObject({ secondary: { deep: { missing: [{ role: 'layer' }] } } });
  });

  it('that takes no HEAD is asked by GET', async () => {
    pair.primary.options.fault = ({ method, path }) =>
      path.startsWith('/storage/') && method === 'HEAD' ? { status: 403 } : undefined;
    expect((await scanPair(pair, DEEP)).repository).toMatchObject({ verdict: 'IN-SYNC', errors: [] });
  });

  it('that refuses everything is an error', async () => {
    pair.primary.options.fault = ({ path }) => (path.startsWith('/storage/') ? { status: 403 } : undefined);
    expect((await scanPair(pair, DEEP)).repository).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', status: 403 }],
    });
  });
});

describe('the cost', () => {
  /** 60 images of which some share a base layer, under 1,000 tags. */
  function fill(path = PATH): void {
    const images = Array.from({ length: 60 }, (_, n) =>
      n % 3 === 0 ? ociIndexOf(`i${n}`) : n % 3 === 1 ? dockerImage(`i${n}`) : ociImage(`i${n}`),
    );
    for (let tag = 0; tag < 1000; tag++) pair.put('both', `t${tag}`, images[tag % 60] as BuiltImage, path);
  }

  it('of 1,000 tags over 60 images is one question for each manifest and blob', async () => {
    fill();
    const { repository } = await scanPair(pair, { ...DEEP, concurrency: 16 });
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', counts: { MATCH: 1000 } });
    const { manifests, blobs } = pair.primary.storage.repository(PATH);
    for (const registry of [pair.primary, pair.secondary]) {
      const asked = fetched(registry).map((line) => line.split(' ')[1]);
      expect(new Set(asked).size).toBe(asked.length);
      expect(asked).toHaveLength(manifests.size + blobs.size);
    }
    const reads = [...fetched(pair.primary), ...fetched(pair.secondary)].filter((line) =>
      line.startsWith('GET '),
    );
    expect(reads).toHaveLength(manifests.size);
    expect(new Set(reads).size).toBe(manifests.size);
  });

  it('over two repositories of the same images reads each manifest once', async () => {
    fill();
    fill('group/other');
    await scanPair(pair, { ...DEEP, paths: [PATH, 'group/other'] });
    const reads = [...fetched(pair.primary), ...fetched(pair.secondary)]
      .filter((line) => line.startsWith('GET '))
      .map((line) => line.split('/').at(-1));
    expect(reads).toHaveLength(pair.primary.storage.repository(PATH).manifests.size);
  });

  it('is told while it runs', async () => {
    pair.put('both', 'v1', ociIndexOf('a'));
    const last = new Map<string, unknown>();
    await scanPair(pair, {
      ...DEEP,
      onEvent: (event) => {
        if (event.type === 'deep') last.set(event.site, event);
      },
    });
    const told = { type: 'deep', path: PATH, done: 1, total: 1, parts: 7, bytes: 0 };
    expect(last.get('primary')).toEqual({ ...told, site: 'primary' });
    expect(last.get('secondary')).toEqual({ ...told, site: 'secondary' });
  });
});
