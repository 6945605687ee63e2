import {
  artifact,
  type BuiltImage,
  buildkitCache,
  dockerImage,
  dockerList,
  dockerListOf,
  ociImage,
  ociIndex,
  ociIndexOf,
  signature,
  signatureTag,
} from '../../src/demo/images.ts';

/** What a tag is on one site. `dangling` points at a manifest that is nowhere, `broken` at nothing. */
export type TagSide =
  | { readonly kind: 'absent' | 'broken' | 'dangling' }
  | { readonly kind: 'image'; readonly image: BuiltImage };

/** One tag on both sites. */
export interface DriftTag {
  readonly name: string;
  readonly drift: Drift;
  readonly primary: TagSide;
  readonly secondary: TagSide;
}

export interface DriftRepository {
  readonly path: string;
  readonly tags: readonly DriftTag[];
  /** On the primary without a tag: what only a `subject` names. */
  readonly untagged: readonly BuiltImage[];
}

/** Every way in which a tag can need something that a fix can give. */
export const DRIFTS = [
  'match',
  'moved',
  'primary-only',
  'secondary-only',
  'broken',
  'dangling',
  'broken-orphan',
  'dangling-orphan',
] as const;
export type Drift = (typeof DRIFTS)[number];

export interface RandomDriftOptions {
  readonly repositories: number;
  /** Tags of each, cosign's not counted. */
  readonly tags: number;
}

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Repositories whose tags differ in every way a fix can mend, the same for the same seed. Every drift and every
 * kind of image occurs in each; tags share digests, indexes share children, repositories share layers.
 */
export function randomDrift(seed: number, { repositories, tags }: RandomDriftOptions): DriftRepository[] {
  const random = seededRandom(seed);
  return Array.from({ length: repositories }, (_, index) =>
    repositoryOf(`drift/repository-${index + 1}`, random, tags),
  );
}

function repositoryOf(path: string, random: () => number, size: number): DriftRepository {
  const images = imagePool(path);
  const pick = (): BuiltImage => images[Math.floor(random() * images.length)] ?? ociImage(path);
  const tags = Array.from({ length: size }, (_, index): DriftTag => {
    const drift = index < DRIFTS.length ? (DRIFTS[index] ?? 'match') : randomDriftKind(random);
    // The first pass through the pool leaves no kind of image out.
    const image = index < images.length ? (images[(index * 7) % images.length] ?? pick()) : pick();
    return { name: `${drift}-${index}`, drift, ...sidesOf(drift, image, pick()) };
  });
  const { companions, untagged } = companionsOf(path, images, random);
  return { path, tags: [...tags, ...companions], untagged };
}

function randomDriftKind(random: () => number): Drift {
  if (random() < 0.4) return 'match';
  return DRIFTS[Math.floor(random() * DRIFTS.length)] ?? 'match';
}

function sidesOf(
  drift: Drift,
  image: BuiltImage,
  other: BuiltImage,
): { primary: TagSide; secondary: TagSide } {
  const here: TagSide = { kind: 'image', image };
  const absent: TagSide = { kind: 'absent' };
  switch (drift) {
    case 'match':
      return { primary: here, secondary: here };
    case 'moved':
      // Two picks from one pool can be one image.
      return {
        primary: here,
        secondary: {
          kind: 'image',
          image: other.digest === image.digest ? ociImage(`before ${image.digest}`) : other,
        },
      };
    case 'primary-only':
      return { primary: here, secondary: absent };
    case 'secondary-only':
      return { primary: absent, secondary: here };
    case 'broken':
      return { primary: here, secondary: { kind: 'broken' } };
    case 'dangling':
      return { primary: here, secondary: { kind: 'dangling' } };
    case 'broken-orphan':
      return { primary: absent, secondary: { kind: 'broken' } };
    case 'dangling-orphan':
      return { primary: absent, secondary: { kind: 'dangling' } };
  }
}

/** Images of every kind a registry of today holds; some of their layers are the same in every repository. */
function imagePool(path: string): BuiltImage[] {
  const shared = [0, 1, 2].map((number) => ociImage(`${path} shared ${number}`));
  const common = ['a', 'b', 'c'].map((name) => ociImage(`common to all repositories ${name}`));
  const amd64 = dockerImage(`${path} amd64`, 'linux/amd64');
  const lists = ['old', 'new'].map((name) =>
    dockerList([
      { image: amd64, platform: 'linux/amd64' },
      { image: dockerImage(`${path} arm64 ${name}`, 'linux/arm64'), platform: 'linux/arm64' },
    ]),
  );
  const indexes = shared.map((image, number) =>
    ociIndex([
      { image, platform: 'linux/amd64' },
      { image: shared[(number + 1) % shared.length] ?? image, platform: 'linux/arm64' },
    ]),
  );
  return [
    ...shared,
    ...common,
    ...Array.from({ length: 6 }, (_, number) => ociImage(`${path} ${number}`)),
    dockerImage(`${path} docker`),
    amd64,
    ociImage(`${path} untyped`, { withMediaType: false }),
    ...lists,
    dockerListOf(`${path} no amd64`, ['linux/arm64', 'linux/s390x']),
    ...indexes,
    ociIndexOf(`${path} untyped index`, undefined, { withMediaType: false }),
    ociIndexOf(`${path} index`),
    ociIndex([{ image: ociIndexOf(`${path} inner`) }, { image: ociImage(`${path} leaf`) }]),
    buildkitCache(`${path} cache`),
    artifact(`${path} note`),
  ];
}

/** Signatures by tag name and `subject`, signatures of signatures, and one whose subject has no tag. */
function companionsOf(path: string, images: readonly BuiltImage[], random: () => number) {
  const companions: DriftTag[] = [];
  const add = (image: BuiltImage, subject: BuiltImage['digest'], drift: Drift) =>
    companions.push({ name: signatureTag(subject), drift, ...sidesOf(drift, image, image) });
  for (const image of images.slice(0, 6)) {
    const drift = random() < 0.3 ? 'match' : random() < 0.7 ? 'primary-only' : 'broken';
    add(signature(image), image.digest, drift);
    add(signature(signature(image)), signature(image).digest, drift);
  }
  const gone = ociImage(`${path} gone`);
  add(signature(gone), gone.digest, 'secondary-only');
  const untagged = ociImage(`${path} untagged`);
  add(signature(untagged), untagged.digest, 'primary-only');
  return { companions, untagged: [untagged] };
}
