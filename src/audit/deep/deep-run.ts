import type { DeepNote } from '../../core/deep-reading.ts';
import type { Digest } from '../../core/digest.ts';
import type { InvalidPart, ManifestPart, ParsedManifest } from '../../core/manifest.ts';

/** What a walk needs of a manifest; the rest of it is let go. */
export interface ManifestShape {
  readonly parts: readonly Pick<ManifestPart, 'role' | 'digest' | 'mediaType' | 'size' | 'isForeign'>[];
  readonly invalid: readonly InvalidPart[];
  readonly notes: readonly DeepNote[];
}

/** A manifest's shape, and whether it was this caller's work that read it. */
export interface Obtained {
  readonly shape: ManifestShape | null;
  readonly isOwn: boolean;
}

/** What all walks of a run share: content is what its digest says, wherever it was read. */
export interface DeepRun {
  /** Also download every blob and hash it, once a site; manifests are then read on every site too. */
  readonly verifyBlobs: boolean;
  /**
   * The shape of a manifest: from who has read it already or is reading it now, else from `work`.
   * @param site under which blobs are verified; means nothing otherwise
   * @param work gives null when the manifest cannot be had; then whoever waits tries by itself
   */
  obtain(site: string, digest: Digest, work: () => Promise<ManifestShape | null>): Promise<Obtained>;
  /** Whether a blob's content was verified on a site. */
  isVerified(site: string, digest: Digest): boolean;
  addVerified(site: string, digest: Digest): void;
}

/** Descriptors kept, of all manifests together: some 40 MB. What is forgotten is asked for again. */
const MOST_DESCRIPTORS = 200_000;
const MOST_VERIFIED = 200_000;

export function createDeepRun(
  { verifyBlobs }: { readonly verifyBlobs: boolean },
  mostDescriptors: number = MOST_DESCRIPTORS,
): DeepRun {
  // A Map keeps the order of insertion, so that its first key is what was not used for longest.
  const shapes = new Map<string, ManifestShape>();
  const underWay = new Map<string, Promise<ManifestShape | null>>();
  const verified = new Set<string>();
  let descriptors = 0;
  const keyOf = (site: string, digest: Digest) => (verifyBlobs ? `${site} ${digest}` : digest);

  function keep(key: string, shape: ManifestShape): void {
    shapes.set(key, shape);
    descriptors += weightOf(shape);
    for (const [oldest, least] of shapes) {
      if (descriptors <= mostDescriptors) break;
      shapes.delete(oldest);
      descriptors -= weightOf(least);
    }
  }

  return {
    verifyBlobs,
    async obtain(site, digest, work) {
      const key = keyOf(site, digest);
      for (;;) {
        const shape = shapes.get(key);
        if (shape !== undefined) {
          shapes.delete(key);
          shapes.set(key, shape);
          return { shape, isOwn: false };
        }
        const others = underWay.get(key);
        if (others === undefined) break;
        const theirs = await others;
        if (theirs !== null) return { shape: theirs, isOwn: false };
      }
      const own = work()
        .then((shape) => {
          if (shape !== null) keep(key, shape);
          return shape;
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, own);
      return { shape: await own, isOwn: true };
    },
    isVerified: (site, digest) => verified.has(`${site} ${digest}`),
    addVerified(site, digest) {
      if (verified.size >= MOST_VERIFIED) verified.clear();
      verified.add(`${site} ${digest}`);
    },
  };
}

/** What a parsed manifest means for a walk. */
export function shapeOf({ parts, invalid, kind, mediaType }: ParsedManifest): ManifestShape {
  const notes: DeepNote[] = [];
  const isUntyped = mediaType === null && kind !== 'schema1';
  if (isUntyped || parts.some((part) => part.role === 'child' && part.mediaType === null))
    notes.push('MEDIA_TYPE_MISSING');
  if (kind === 'empty') notes.push('NO_BLOB_LIST');
  if (kind === 'buildkit-cache') notes.push('BUILDKIT_CACHE');
  if (parts.some(({ isForeign }) => isForeign)) notes.push('FOREIGN_LAYER');
  return {
    parts: parts.map(({ role, digest, mediaType: type, size, isForeign }) => ({
      role,
      digest,
      mediaType: type,
      size,
      isForeign,
    })),
    invalid,
    notes,
  };
}

function weightOf({ parts, invalid }: ManifestShape): number {
  return 1 + parts.length + invalid.length;
}
