import { createHash } from 'node:crypto';
import { schema1Image } from '../../../src/demo/images.ts';
import type { PushableBlob, PushableImage, PushableManifest } from '../../support/push.ts';
import { seededRandom } from '../../support/random-drift.ts';
import type { ModelLink, ModelManifest, ModelRepository, ModelSide, SetUp } from './oracle.ts';

/** What is to be put into the two registries, and its model. */
export interface Scenario {
  readonly seed: number;
  readonly setUp: SetUp;
  /** The flag of the scan; its answer may not depend on it. */
  readonly narrow: 'auto' | 'all';
  readonly repositories: readonly ModelRepository[];
  /** How to push the manifest of a digest, by repository path. */
  readonly images: ReadonlyMap<string, ReadonlyMap<string, PushableImage>>;
}

type Random = () => number;
interface PoolEntry {
  readonly manifest: ModelManifest;
  readonly image: PushableImage;
}

const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY: ModelSide = {
  known: true,
  tags: new Map(),
  lost: new Set(),
  unread: new Set(),
  listRefused: false,
};
const ABSENT: ModelSide = { ...EMPTY, known: false };

/** Repositories of about `tags` tags together that differ in every way the oracle knows; the same for the same seed. */
export function scenarioOf(seed: number, setUp: SetUp, tags: number): Scenario {
  const random = seededRandom(seed * 31 + setUp.length);
  const repositories: ModelRepository[] = [];
  const images = new Map<string, Map<string, PushableImage>>();
  const add = (shape: string, size: number) => {
    const path = `seed-${seed}/${shape}-${repositories.length}`;
    const pool = poolOf(path, setUp);
    images.set(path, new Map(pool.map(({ manifest, image }) => [manifest.digest, image])));
    repositories.push(repositoryOf(path, shape, { pool, random, size, setUp }));
  };
  for (const shape of ['drift', 'twins', 'drift']) add(shape, Math.ceil(tags / 4));
  for (const shape of [
    'empty-primary',
    'empty-secondary',
    'empty-both',
    'absent-primary',
    'absent-secondary',
  ])
    if (random() < 0.5) add(shape, Math.ceil(tags / 40));
  if (setUp !== 'distribution') add(random() < 0.4 ? 'refused' : 'unread', Math.ceil(tags / 6));
  add('drift', Math.max(1, tags - repositories.reduce((sum, one) => sum + sizeOf(one), 0)));
  return { seed, setUp, narrow: random() < 0.3 ? 'all' : 'auto', repositories, images };
}

function sizeOf({ primary, secondary }: ModelRepository): number {
  return new Set([...primary.tags.keys(), ...secondary.tags.keys()]).size;
}

interface Making {
  readonly pool: readonly PoolEntry[];
  readonly random: Random;
  readonly size: number;
  readonly setUp: SetUp;
}

function repositoryOf(path: string, shape: string, making: Making): ModelRepository {
  if (shape === 'empty-both') return { path, primary: EMPTY, secondary: EMPTY };
  const { random, pool } = making;
  const drifted = shape === 'twins' ? twins(making) : drift(making);
  const lost = (share: number) =>
    new Set(pool.flatMap(({ manifest }) => (random() < share ? [manifest.digest] : [])));
  const isWhole = shape === 'twins' && random() < 0.7;
  const sides = {
    primary: { ...EMPTY, tags: drifted.primary, lost: isWhole ? new Set<string>() : lost(0.05) },
    secondary: { ...EMPTY, tags: drifted.secondary, lost: isWhole ? new Set<string>() : lost(0.08) },
  };
  const [kind, site] = shape.split('-');
  if (kind === 'empty' || kind === 'absent') {
    const side = kind === 'empty' ? EMPTY : ABSENT;
    return { path, ...sides, [site === 'primary' ? 'primary' : 'secondary']: side };
  }
  const where = random() < 0.5 ? 'primary' : 'secondary';
  if (shape === 'refused') return { path, ...sides, [where]: { ...sides[where], listRefused: true } };
  if (shape === 'unread' && making.setUp === 'gitlab docker-v2') {
    const unread = new Set([...sides[where].tags.keys()].filter(() => random() < 0.15));
    return { path, ...sides, [where]: { ...sides[where], unread } };
  }
  return { path, ...sides };
}

function twins({ pool, random, size }: Making) {
  const tags = new Map(namesOf(random, size).map((name) => [name, pick(pool, random).manifest]));
  return { primary: tags, secondary: tags };
}

function drift({ pool, random, size }: Making) {
  const primary = new Map<string, ModelLink>();
  const secondary = new Map<string, ModelLink>();
  for (const name of namesOf(random, size)) {
    const here = pick(pool, random).manifest;
    const choice = random();
    if (choice < 0.85) primary.set(name, here);
    if (choice < 0.35) secondary.set(name, here);
    else if (choice < 0.65) secondary.set(name, pick(pool, random).manifest);
    else if (choice < 0.72) secondary.set(name, broken(random));
    else if (choice >= 0.85) {
      if (choice > 0.95) primary.set(name, broken(random));
      if (choice < 0.98) secondary.set(name, choice < 0.93 ? here : broken(random));
    }
  }
  return { primary, secondary };
}

function broken(random: Random): 'empty' | 'nowhere' {
  return random() < 0.5 ? 'empty' : 'nowhere';
}

const ALPHABET = 'AaBbZz019_-.';

/** Names that sort differently by bytes, by locale and without case, that are each other's beginnings, and long ones. */
function namesOf(random: Random, size: number): string[] {
  const names = new Set<string>();
  while (names.size < size) {
    const length = random() < 0.02 ? 128 : 1 + Math.floor(random() * (random() < 0.5 ? 3 : 10));
    const text = Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
    if (/^[A-Za-z0-9_]/.test(text)) names.add(text);
  }
  return [...names];
}

function pick<T>(from: readonly T[], random: Random): T {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

/** Manifests of every kind; lists and indexes share children, and the children are tagged as well. */
function poolOf(path: string, setUp: SetUp): PoolEntry[] {
  const single = (seed: string, mediaType: string, withType = true): PoolEntry => {
    const config = blob({ architecture: 'amd64', os: 'linux', label: `${path} ${seed}` });
    const layer = blob({ layer: `${path} ${seed}` });
    const json = {
      schemaVersion: 2,
      ...(withType && { mediaType }),
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        size: config.bytes.length,
        digest: config.digest,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          size: layer.bytes.length,
          digest: layer.digest,
        },
      ],
    };
    return entryOf('image', null, [manifest(json, mediaType)], [config, layer]);
  };
  const several = (
    mediaType: string,
    children: readonly [PoolEntry, string][],
    withType = true,
  ): PoolEntry => {
    const manifests = children.map(([{ image }, architecture]) => ({
      mediaType: image.mediaType,
      size: image.manifests.at(-1)?.bytes.length,
      digest: image.digest,
      platform: { os: 'linux', architecture },
    }));
    const json = { schemaVersion: 2, ...(withType && { mediaType }), manifests };
    const below = children.map(([{ image }]) => image);
    const kind = mediaType === LIST ? 'list' : withType ? 'index' : 'index without mediaType';
    const amd64 = children.find(([, architecture]) => architecture === 'amd64')?.[0].image.digest ?? null;
    return entryOf(
      kind,
      kind === 'list' ? amd64 : null,
      [...below.flatMap((image) => image.manifests), manifest(json, mediaType)],
      below.flatMap((image) => image.blobs),
    );
  };
  const [x, y, z] = [single('docker x', DOCKER), single('docker y', DOCKER), single('docker z', DOCKER)];
  const [a, b, c] = [single('oci a', OCI), single('oci b', OCI), single('oci untyped', OCI, false)];
  return [
    ...[x, y, z, a, b, c],
    several(LIST, [
      [x, 'amd64'],
      [y, 'arm64'],
    ]),
    several(LIST, [
      [x, 'amd64'],
      [z, 'arm64'],
    ]),
    several(LIST, [
      [z, 'amd64'],
      [y, 'arm64'],
    ]),
    several(LIST, [
      [y, 'arm64'],
      [z, 's390x'],
    ]),
    several(LIST, [
      [x, 's390x'],
      [z, 'arm64'],
    ]),
    several(INDEX, [
      [a, 'amd64'],
      [b, 'arm64'],
    ]),
    several(INDEX, [
      [b, 'amd64'],
      [c, 'arm64'],
    ]),
    several(INDEX, [[x, 'amd64']]),
    several(
      INDEX,
      [
        [a, 'amd64'],
        [x, 'arm64'],
      ],
      false,
    ),
    several(
      INDEX,
      [
        [b, 'amd64'],
        [y, 'arm64'],
      ],
      false,
    ),
    ...(setUp === 'gitlab gitlab-v1' ? [] : [schema1(path)]),
  ];
}

function schema1(path: string): PoolEntry {
  const image = schema1Image(path, path, 'old');
  const { digest, mediaType } = image;
  return { manifest: { kind: 'schema1', digest, mediaType, amd64: null }, image };
}

function entryOf(
  kind: ModelManifest['kind'],
  amd64: string | null,
  manifests: readonly PushableManifest[],
  blobs: readonly PushableBlob[],
): PoolEntry {
  const top = manifests.at(-1);
  if (top === undefined) throw new Error('an image has a manifest');
  const { digest, mediaType } = top;
  return { manifest: { kind, digest, mediaType, amd64 }, image: { manifests, blobs, digest, mediaType } };
}

function manifest(json: object, mediaType: string): PushableManifest {
  return { ...blob(json), mediaType };
}

function blob(json: object): PushableBlob {
  const bytes = Buffer.from(JSON.stringify(json));
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}
