import { type Digest, isDigest } from './digest.ts';
import { MediaType } from './media-types.ts';
import { schema, type Valid } from './schema.ts';

/** The specification asks registries for at least 4 MiB; Distribution refuses more. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** What a descriptor stands for in the manifest that holds it. */
export type PartRole = 'child' | 'config' | 'layer' | 'blob' | 'subject';

/** A reference from a manifest to other content (OCI image-spec, "Descriptors"). */
export interface ManifestPart {
  readonly role: PartRole;
  readonly digest: Digest;
  /** Lower-cased; null when the descriptor does not say. */
  readonly mediaType: string | null;
  /** Bytes; null when the descriptor does not say. */
  readonly size: number | null;
  /** `linux/arm/v7`; null when the descriptor does not say. */
  readonly platform: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  /** Not to be distributed (`docs/facts.md` §7): it stays where its `urls` point, and its absence is no fault. */
  readonly isForeign: boolean;
}

/** A descriptor whose digest is none. */
export interface InvalidPart {
  readonly role: PartRole;
  /** What stands in the digest's place: a text in quotes, cut to 100 characters, or the kind of value. */
  readonly digest: string;
  readonly mediaType: string | null;
  readonly size: number | null;
}

/** A manifest's content, as far as a registry and its clients need it. */
export interface ParsedManifest {
  /** `buildkit-cache`: an index whose entries are blobs. `empty`: none of layers, manifests and blobs. */
  readonly kind: 'index' | 'image' | 'artifact' | 'schema1' | 'buildkit-cache' | 'empty';
  /** The body's own `mediaType`, lower-cased; BuildKit often omits it. */
  readonly mediaType: string | null;
  /** In the order of the body: config, layers, blobs, entries, subject. */
  readonly parts: readonly ManifestPart[];
  readonly invalid: readonly InvalidPart[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole body, parsed. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Foreign layers (`docs/facts.md` §7). */
const FOREIGN_LAYERS = new Set([
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
]);
const MANIFEST_TYPES = new Set<string>(Object.values(MediaType));
const CACHE_CONFIG = 'application/vnd.buildkit.cacheconfig';

const text = schema((z) => z.string().nullish().catch(null));
const list = schema((z) => z.array(z.unknown()).nullish().catch(null));
const descriptor = schema((z) =>
  z
    .looseObject({
      digest: z.unknown().optional(),
      mediaType: text(),
      size: z.int().min(0).nullish().catch(null),
      annotations: z.record(z.string(), z.string()).nullish().catch(null),
      platform: z.looseObject({ os: text(), architecture: text(), variant: text() }).nullish().catch(null),
    })
    .catch({ digest: undefined }),
);
type Descriptor = Valid<typeof descriptor>;

const body = schema((z) =>
  z.looseObject({
    schemaVersion: z.unknown().optional(),
    mediaType: text(),
    config: z.unknown().optional(),
    layers: list(),
    blobs: list(),
    manifests: list(),
    fsLayers: z
      .array(z.looseObject({ blobSum: z.unknown().optional() }))
      .nullish()
      .catch(null),
    subject: z.unknown().optional(),
    annotations: z.record(z.string(), z.string()).nullish().catch(null),
  }),
);

/**
 * Reads what a manifest refers to: `config` and `layers`, an artifact manifest's `blobs`, an index's `manifests`,
 * the `subject`, schema 1's `fsLayers`; none of them is a mistake to lack (gitlab-org/gitlab#600487). Entries of
 * an index that are layers, as BuildKit caches have them, are blobs. What stands twice in a list is there once.
 *
 * @returns null when the bytes are no JSON object, or more than 4 MiB
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest | null {
  const json = bytes.length > LARGEST_BYTES ? null : objectOf(bytes);
  if (json === null) return null;
  const content = body().parse(json);
  const entries = (content.manifests ?? []).map((entry) => descriptor().parse(entry));
  const isCache = entries.some(({ mediaType }) => mediaType?.toLowerCase().includes(CACHE_CONFIG));
  const parts = new Map<string, ManifestPart>();
  const invalid: InvalidPart[] = [];
  const add = (role: PartRole, found: Descriptor) => {
    const mediaType = found.mediaType?.toLowerCase() ?? null;
    const size = found.size ?? null;
    if (!isDigest(found.digest)) {
      const shown = wordsFor(found.digest);
      invalid.push({ role, digest: shown, mediaType, size });
      return;
    }
    const key = `${role} ${found.digest} ${role === 'child' ? platformOf(found) : ''}`;
    if (parts.has(key)) return;
    parts.set(key, {
      role,
      digest: found.digest,
      mediaType,
      size,
      platform: platformOf(found),
      annotations: found.annotations ?? {},
      isForeign: mediaType !== null && FOREIGN_LAYERS.has(mediaType),
    });
  };
  if (isPresent(content.config)) add('config', descriptor().parse(content.config));
  for (const layer of content.layers ?? []) add('layer', descriptor().parse(layer));
  for (const { blobSum } of content.fsLayers ?? []) add('layer', { digest: blobSum });
  for (const blob of content.blobs ?? []) add('blob', descriptor().parse(blob));
  for (const entry of entries) add(isBlobEntry(entry, isCache) ? 'blob' : 'child', entry);
  if (isPresent(content.subject)) add('subject', descriptor().parse(content.subject));
  return {
    kind: kindOf(content, isCache || (entries.length > 0 && entries.every((e) => isBlobEntry(e, isCache)))),
    mediaType: content.mediaType?.toLowerCase() ?? null,
    parts: [...parts.values()],
    invalid,
    annotations: content.annotations ?? {},
    json,
  };
}

/**
 * Whether parsed JSON is a manifest at all, and not some other object that was answered in its place, as an error
 * with status 200 is: it says which version or media type it is of, or refers to something.
 */
export function isManifest({ json, mediaType, parts, invalid }: ParsedManifest): boolean {
  return typeof json.schemaVersion === 'number' || mediaType !== null || parts.length + invalid.length > 0;
}

/** Whether a part is a manifest of its own rather than a blob. */
export function isManifestPart({ role }: { readonly role: string }): boolean {
  return role === 'child' || role === 'subject' || role === 'manifest';
}

function kindOf(content: Valid<typeof body>, isCache: boolean): ParsedManifest['kind'] {
  if (content.schemaVersion === 1) return 'schema1';
  if (isPresent(content.manifests)) return isCache ? 'buildkit-cache' : 'index';
  if (isPresent(content.blobs)) return 'artifact';
  return isPresent(content.layers) ? 'image' : 'empty';
}

/** Whether an entry of an index is a layer or a cache's config, as BuildKit has them, and no manifest. */
function isBlobEntry({ mediaType }: Descriptor, isCache: boolean): boolean {
  const type = mediaType?.toLowerCase() ?? null;
  if (type !== null && MANIFEST_TYPES.has(type)) return false;
  return isCache || (type !== null && /\.layer\.|\.rootfs\.|buildkit\.cacheconfig/.test(type));
}

function platformOf({ platform }: Descriptor): string | null {
  const { os, architecture, variant } = platform ?? {};
  const words = [os, architecture, variant].filter((word) => typeof word === 'string' && word !== '');
  return words.length === 0 ? null : words.join('/');
}

/** Not JSON of whatever it is: that may be nested deeper than the stack. */
function wordsFor(digest: unknown): string {
  if (digest === undefined || digest === null) return 'nothing';
  return typeof digest === 'string' ? JSON.stringify(digest.slice(0, 100)) : `a ${typeof digest}`;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function objectOf(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const content: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isObject ? (content as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
