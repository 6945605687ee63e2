import { isDigest } from '../core/digest.ts';
import { isSchema1Type, MediaType } from '../core/media-types.ts';
import type { StoredManifest } from './storage.ts';

/** The parts of a manifest the registry looks into. */
export interface ManifestContent {
  readonly mediaType?: string;
  readonly config?: Entry;
  readonly layers?: readonly Entry[];
  readonly manifests?: readonly Entry[];
  readonly fsLayers?: readonly { readonly blobSum: string }[];
}

/** A descriptor inside a manifest. */
export interface Entry {
  readonly mediaType?: string;
  readonly digest: string;
  readonly urls?: readonly string[];
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

/** What a registry takes a stored manifest for; it decides what `Accept` must hold. */
export type ManifestKind = 'schema1' | 'docker' | 'oci' | 'list' | 'index' | 'index without mediaType';

/** Reads a manifest's JSON. @throws SyntaxError when it is none */
export function contentOf(bytes: Uint8Array): ManifestContent {
  return JSON.parse(Buffer.from(bytes).toString()) as ManifestContent;
}

/** The kind of a stored manifest: what its body says goes before what it was pushed as. */
export function kindOf(manifest: StoredManifest): ManifestKind {
  if (isSchema1Type(manifest.mediaType)) return 'schema1';
  const content = contentOf(manifest.bytes);
  const type = content.mediaType ?? manifest.mediaType;
  if (type === MediaType.dockerManifest) return 'docker';
  if (type === MediaType.dockerList) return 'list';
  if (type !== MediaType.ociIndex) return 'oci';
  return content.mediaType === undefined ? 'index without mediaType' : 'index';
}

/** The media types a registry takes by PUT. */
export function isKnownType(mediaType: string | null): boolean {
  return (
    mediaType === MediaType.dockerManifest ||
    mediaType === MediaType.dockerList ||
    mediaType === MediaType.ociManifest ||
    mediaType === MediaType.ociIndex
  );
}

/**
 * Whether Distribution 2.8.2 would refuse to parse a body as that type. It insists on one meaning: the body's own
 * `mediaType` must not contradict the header, and an index must not look like an image as well (CVE-2021-41190).
 */
export function contradicts(content: ManifestContent, mediaType: string): boolean {
  const isIndex = mediaType === MediaType.ociIndex || mediaType === MediaType.dockerList;
  if (content.mediaType !== undefined && content.mediaType !== mediaType) return true;
  return isIndex ? Boolean(content.config ?? content.layers) : Boolean(content.manifests);
}

/**
 * What must be in the repository before the manifest is taken. A `subject` need not be, nor a layer with `urls`.
 */
export function referencesOf(content: ManifestContent): string[] {
  const entries = [
    ...(content.config ? [content.config] : []),
    ...(content.layers ?? []).filter((layer) => !hasUrls(layer)),
    ...(content.manifests ?? []),
  ];
  const layers = content.fsLayers ?? [];
  return [...entries.map((entry) => entry.digest), ...layers.map((layer) => layer.blobSum)].filter(isDigest);
}

/** True for a non-distributable layer that says where it is to be had. */
export function hasUrls({ mediaType = '', urls = [] }: Entry): boolean {
  return urls.length > 0 && /foreign|nondistributable/.test(mediaType);
}
