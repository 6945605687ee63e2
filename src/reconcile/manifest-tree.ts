import { type Digest, isDigest } from '../core/digest.ts';
import { MediaType } from '../core/media-types.ts';
import { ActionError } from './action-error.ts';

/** A reference to other content, as far as a copy needs it. */
export interface ContentReference {
  readonly digest: Digest;
  readonly mediaType: string | null;
  /** Bytes; null when the descriptor does not say. */
  readonly size: number | null;
}

/** What a manifest needs beside itself. */
export interface ManifestTree {
  /** The body's own `mediaType`. */
  readonly mediaType: string | null;
  readonly blobs: readonly ContentReference[];
  readonly children: readonly ContentReference[];
  readonly subject: ContentReference | null;
  readonly isSchema1: boolean;
}

/** Not to be distributed (`facts.md` §7): they stay where their `urls` point. */
const FOREIGN_LAYERS = new Set([
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
]);
const MANIFEST_TYPES = new Set<string>(Object.values(MediaType));
const CACHE_CONFIG = 'application/vnd.buildkit.cacheconfig';

/**
 * Reads which content a manifest refers to: `config` and `layers`, an artifact manifest's `blobs`, an index's
 * `manifests`, the `subject`; none of them is a mistake to lack (gitlab-org/gitlab#600487). Entries of an index
 * that are layers, as BuildKit caches have them, are blobs. Foreign layers are left out.
 *
 * @throws ActionError when the bytes are no manifest, or refer to something by what is no digest
 */
export function readManifestTree(bytes: Uint8Array, digest: Digest): ManifestTree {
  const content = parse(bytes);
  if (content === null) throw new ActionError('CONTENT', `manifest ${digest} is not a JSON object`);
  const read = (value: unknown) => reference(value, digest);
  const entries = listOf(content.manifests).map(read);
  const isCache = entries.some((entry) => entry.mediaType?.includes(CACHE_CONFIG));
  const isBlob = (entry: ContentReference) => isBlobEntry(entry, isCache);
  const layers = [...listOf(content.layers), ...listOf(content.blobs)].map(read);
  const blobs = [
    ...(content.config === undefined || content.config === null ? [] : [read(content.config)]),
    ...layers.filter(({ mediaType }) => mediaType === null || !FOREIGN_LAYERS.has(mediaType)),
    ...entries.filter(isBlob),
  ];
  const hasSubject = content.subject !== undefined && content.subject !== null;
  return {
    mediaType: typeof content.mediaType === 'string' ? content.mediaType : null,
    blobs: distinct(blobs),
    children: distinct(entries.filter((entry) => !isBlob(entry))),
    subject: hasSubject ? read(content.subject) : null,
    isSchema1: content.schemaVersion === 1,
  };
}

function isBlobEntry({ mediaType }: ContentReference, isCache: boolean): boolean {
  if (mediaType !== null && MANIFEST_TYPES.has(mediaType)) return false;
  return isCache || (mediaType !== null && /\.layer\.|\.rootfs\.|buildkit\.cacheconfig/.test(mediaType));
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const content: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isObject ? (content as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function reference(value: unknown, of: Digest): ContentReference {
  const { digest, mediaType, size } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (!isDigest(digest)) {
    const shown = JSON.stringify(digest)?.slice(0, 100) ?? 'nothing';
    throw new ActionError('CONTENT', `manifest ${of} refers to ${shown}, which is no digest`);
  }
  return {
    digest,
    mediaType: typeof mediaType === 'string' ? mediaType.toLowerCase() : null,
    size: Number.isSafeInteger(size) && (size as number) >= 0 ? (size as number) : null,
  };
}

function distinct(references: readonly ContentReference[]): ContentReference[] {
  return [...new Map(references.map((entry) => [entry.digest, entry])).values()];
}
