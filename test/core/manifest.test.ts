import { describe, expect, it, test } from 'vitest';
import { parseManifest } from '../../src/core/manifest.ts';
import { MediaType } from '../../src/core/media-types.ts';
import {
  artifact,
  type BuiltImage,
  buildkitCache,
  dockerImage,
  dockerListOf,
  ociImage,
  ociIndexOf,
  schema1Image,
  signature,
} from '../../src/demo/images.ts';

const digest = (hex: string) => `sha256:${hex.repeat(64)}`;
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const rolesOf = (image: BuiltImage) => {
  const parsed = parseManifest(image.manifests.at(-1)?.bytes ?? new Uint8Array());
  return { kind: parsed?.kind, roles: parsed?.parts.map(({ role }) => role) };
};

describe('a manifest', () => {
  test.each<[string, BuiltImage, string, string[]]>([
    ['Docker image', dockerImage('a'), 'image', ['config', 'layer']],
    ['OCI image', ociImage('a'), 'image', ['config', 'layer']],
    ['OCI index', ociIndexOf('a'), 'index', ['child', 'child']],
    ['Docker list', dockerListOf('a'), 'index', ['child', 'child']],
    ['config-only artifact', artifact('a'), 'empty', ['config']],
    ['signature', signature(ociImage('a')), 'image', ['config', 'layer', 'subject']],
    ['BuildKit cache', buildkitCache('a'), 'buildkit-cache', ['blob', 'blob']],
    ['schema 1', schema1Image('a'), 'schema1', ['layer']],
  ])('that is a %s', (_, image, kind, roles) => {
    expect(rolesOf(image)).toEqual({ kind, roles });
  });

  it('without mediaType says so, and an OCI artifact manifest carries blobs', () => {
    const parsed = parseManifest(bytesOf({ blobs: [{ digest: digest('a'), mediaType: 'X/Y', size: 3 }] }));
    expect(parsed).toMatchObject({
      kind: 'artifact',
      mediaType: null,
      parts: [{ role: 'blob', digest: digest('a'), mediaType: 'x/y', size: 3 }],
    });
  });

  it('names platforms, annotations and foreign layers', () => {
    const parsed = parseManifest(
      bytesOf({
        mediaType: MediaType.ociIndex,
        annotations: { a: 'b' },
        manifests: [
          { digest: digest('1'), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
          { digest: digest('2'), platform: { os: '', architecture: 1 } },
        ],
        layers: [
          {
            digest: digest('3'),
            mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
            size: -1,
          },
        ],
      }),
    );
    expect(parsed?.annotations).toEqual({ a: 'b' });
    expect(parsed?.parts.map(({ platform }) => platform)).toEqual([null, 'linux/arm/v7', null]);
    expect(parsed?.parts[0]).toMatchObject({ role: 'layer', isForeign: true, size: null });
  });

  it('keeps one child twice for two platforms, and one layer once', () => {
    const child = (architecture: string) => ({
      digest: digest('1'),
      platform: { os: 'linux', architecture },
    });
    const layer = { digest: digest('2') };
    const roles = (value: unknown) => parseManifest(bytesOf(value))?.parts.map(({ role }) => role);
    expect(roles({ manifests: [child('amd64'), child('arm64'), child('arm64')] })).toEqual([
      'child',
      'child',
    ]);
    expect(roles({ layers: [layer, layer] })).toEqual(['layer']);
  });

  test.each<[string, unknown]>([
    ['no text', 7],
    ['too short', 'sha256:abc'],
    ['upper case', digest('A')],
    ['absent', undefined],
  ])('with a descriptor whose digest is %s reports it', (_, bad) => {
    const parsed = parseManifest(bytesOf({ config: { digest: bad, size: 2 }, layers: ['x'] }));
    expect(parsed?.parts).toEqual([]);
    expect(parsed?.invalid.map(({ role, size }) => [role, size])).toEqual([
      ['config', 2],
      ['layer', null],
    ]);
  });

  test.each<[string, Uint8Array]>([
    ['empty', Buffer.alloc(0)],
    ['HTML', Buffer.from('<html>')],
    ['an array', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['over 4 MiB', Buffer.from(`{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`)],
  ])('is not what is %s', (_, bytes) => {
    expect(parseManifest(bytes)).toBeNull();
  });

  test.each<[string, object]>([
    ['fields of other shapes', { manifests: {}, layers: 3, config: 'x', subject: [], annotations: { a: 1 } }],
    ['a prototype key', JSON.parse('{"__proto__": {"layers": []}, "layers": [{"__proto__": 1}]}')],
  ])('survives %s', (_, value) => {
    expect(parseManifest(bytesOf(value))?.parts).toEqual([]);
  });
});
