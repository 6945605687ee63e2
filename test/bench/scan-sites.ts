import { MediaType } from '../../src/core/media-types.ts';
import { ociImage, ociIndex } from '../../src/demo/images.ts';
import { pushImage } from '../support/push.ts';
import { type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { addTagLinks } from '../support/registry-storage.ts';
import { sizeOf } from './settings.ts';

/** On 50 images, no index. Long enough that the start of a process is a small part of it. */
export const PLAIN = 'bench/plain';
/** On 20 indexes. */
export const INDEXES = 'bench/indexes';
const PLAIN_TAGS = sizeOf('BENCH_SCAN_TAGS', 10_000);
const INDEX_TAGS = sizeOf('BENCH_SCAN_INDEX_TAGS', 2000);

/** A pair of equal registries, filled for scans. */
export interface ScanSites {
  readonly primary: RealRegistry;
  readonly secondary: RealRegistry;
  /** Of `PLAIN`. */
  readonly tags: readonly string[];
  stop(): Promise<void>;
}

/** Starts two Distribution registries with the same two repositories. */
export async function startScanSites(): Promise<ScanSites> {
  const [primary, secondary] = await Promise.all([
    startRealRegistry({ keepsLog: false }),
    startRealRegistry({ keepsLog: false }),
  ]);
  const tags = namesOf(PLAIN_TAGS);
  for (const registry of [primary, secondary]) {
    await fill(registry, PLAIN, tags, 50, (seed) => ociImage(seed));
    await fill(registry, INDEXES, namesOf(INDEX_TAGS), 20, (seed) =>
      ociIndex([{ image: ociImage(seed), platform: 'linux/amd64' }]),
    );
  }
  return {
    primary,
    secondary,
    tags,
    stop: async () => {
      await Promise.all([primary.stop(), secondary.stop()]);
    },
  };
}

async function fill(
  registry: RealRegistry,
  path: string,
  tags: readonly string[],
  images: number,
  build: (seed: string) => ReturnType<typeof ociImage>,
): Promise<void> {
  for (let number = 0; number < images; number++) {
    const image = build(`${path} ${number}`);
    await pushImage(registry, path, image);
    const mine = tags.filter((_, at) => at % images === number);
    addTagLinks(registry.root, path, image.digest, mine);
  }
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `v1.${String(number).padStart(6, '0')}`);
}

/** The Accept line of the wide profile, for the peers that take one. */
export const WIDE_ACCEPT = [
  MediaType.dockerManifest,
  MediaType.ociManifest,
  MediaType.dockerList,
  MediaType.ociIndex,
].join(', ');
