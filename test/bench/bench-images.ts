import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../src/core/digest.ts';
import { MediaType } from '../../src/core/media-types.ts';
import { type BuiltBlob, type BuiltImage, manifestOf, ociIndex } from '../../src/demo/images.ts';

const MIB = 1024 * 1024;
/** Which of the 20 are indexes. */
const INDEXES = new Set([2, 6, 8, 14, 18]);

/** A tagged image of the copying benchmark. */
export interface BenchImage {
  readonly repository: string;
  readonly tag: string;
  readonly image: BuiltImage;
}

/**
 * 20 tags in 4 repositories: 3 images with a layer of 8 MiB, 5 indexes of 2 platforms, 12 small images. All have
 * the base layer (256 KiB) of all repositories and the one (64 KiB) of their repository, as images that were built
 * on one another have.
 */
export function benchImages(): BenchImage[] {
  const base = randomBlob('base', MIB / 4);
  return ['one', 'two', 'three', 'four'].flatMap((name, group) => {
    const shared = [base, randomBlob(`runtime of ${name}`, MIB / 16)];
    const small = (seed: string, platform: string) =>
      imageOf(`${name} ${seed}`, platform, [...shared, randomBlob(`${name} ${seed} ${platform}`, 4096)]);
    return [0, 1, 2, 3, 4].map((number): BenchImage => {
      const seed = `tag ${number}`;
      const position = group * 5 + number;
      const image =
        number === 0 && group < 3
          ? imageOf(`${name} large`, 'linux/amd64', [...shared, randomBlob(`${name} large`, 8 * MIB)])
          : INDEXES.has(position)
            ? ociIndex(
                ['linux/amd64', 'linux/arm64'].map((platform) => ({
                  image: small(seed, platform),
                  platform,
                })),
              )
            : small(seed, 'linux/amd64');
      return { repository: `bench/${name}`, tag: `v1.${number}`, image };
    });
  });
}

function imageOf(seed: string, platform: string, layers: readonly BuiltBlob[]): BuiltImage {
  const [os, architecture] = platform.split('/');
  const diffIds = layers.map(({ digest }) => digest);
  const text = JSON.stringify({
    os,
    architecture,
    author: seed,
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const bytes = Buffer.from(text);
  const config = { bytes, digest: digestOf(bytes) };
  const built = manifestOf(MediaType.ociManifest, {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: bytes.length,
    },
    layers: layers.map((layer) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: layer.digest,
      size: layer.bytes.length,
    })),
  });
  return { ...built, blobs: [config, ...layers] };
}

/** Bytes that look random, the same for the same seed, in gzip's frame: skopeo compresses what is not. */
function randomBlob(seed: string, size: number): BuiltBlob {
  const parts: Buffer[] = [];
  for (let length = 0; length < size; length += 32) {
    parts.push(createHash('sha256').update(`${seed} ${length}`).digest());
  }
  const bytes = gzipSync(Buffer.concat(parts, size), { level: 1 });
  return { bytes, digest: digestOf(bytes) };
}
