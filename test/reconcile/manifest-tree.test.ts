import { describe, expect, test } from 'vitest';
import { MediaType } from '../../src/core/media-types.ts';
import { readManifestTree } from '../../src/reconcile/manifest-tree.ts';
import { digest } from './model.ts';

const OF = digest('the manifest');
const entry = (name: string, mediaType?: string) => ({
  digest: digest(name),
  size: 3,
  ...(mediaType !== undefined && { mediaType }),
});
const tree = (value: unknown) => readManifestTree(Buffer.from(JSON.stringify(value)), OF);
const names = (references: readonly { digest: string }[]) => references.map((reference) => reference.digest);

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

describe('what a manifest refers to', () => {
  test.each<[string, object, string[], string[]]>([
    ['config and layers', { config: entry('c'), layers: [entry('l', LAYER)] }, ['c', 'l'], []],
    ['the same layer twice', { layers: [entry('l', LAYER), entry('l', LAYER)] }, ['l'], []],
    ['none of the lists', {}, [], []],
    ['null for the lists', { config: null, layers: null, manifests: null, subject: null }, [], []],
    ['blobs of an artifact', { blobs: [entry('b', 'text/plain')] }, ['b'], []],
    ['children', { manifests: [entry('a', MediaType.ociManifest), entry('b')] }, [], ['a', 'b']],
    [
      'entries of a BuildKit cache',
      { manifests: [entry('l', LAYER), entry('x'), entry('c', 'application/vnd.buildkit.cacheconfig.v0')] },
      ['l', 'x', 'c'],
      [],
    ],
    [
      'a manifest beside cache entries',
      {
        manifests: [entry('m', MediaType.ociManifest), entry('c', 'application/vnd.buildkit.cacheconfig.v0')],
      },
      ['c'],
      ['m'],
    ],
    ...[
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      'application/vnd.oci.image.layer.nondistributable.v1.tar',
      'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
    ].map((type): [string, object, string[], string[]] => [
      type,
      { layers: [entry('f', type), entry('l', LAYER)] },
      ['l'],
      [],
    ]),
  ])('%s', (_name, value, blobs, children) => {
    const read = tree(value);
    expect(names(read.blobs)).toEqual(blobs.map(digest));
    expect(names(read.children)).toEqual(children.map(digest));
  });

  test('the subject and the types', () => {
    const read = tree({ mediaType: MediaType.ociManifest, subject: entry('s', 'Application/JSON') });
    expect(read.mediaType).toBe(MediaType.ociManifest);
    expect(read.subject).toEqual({ digest: digest('s'), mediaType: 'application/json', size: 3 });
    expect(read.isSchema1).toBe(false);
    expect(tree({ schemaVersion: 1, fsLayers: [] }).isSchema1).toBe(true);
  });
});

describe('refused', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '<html>', /is not a JSON object/],
    ['no object', '[]', /is not a JSON object/],
    [
      'a digest that is a path',
      '{"layers":[{"digest":"../../etc/passwd"}]}',
      /refers to "..\/..\/etc\/passwd", which/,
    ],
    ['a layer without a digest', '{"layers":[{}]}', /refers to nothing, which is no digest/],
    ['a subject that is none', '{"subject":"sha256:aa"}', /is no digest/],
  ])('%s', (_name, text, words) => {
    expect(() => readManifestTree(Buffer.from(text), OF)).toThrow(words);
  });
});
