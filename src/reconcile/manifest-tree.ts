import type { Digest } from '../core/digest.ts';
import { type ManifestPart, type PartRole, parseManifest } from '../core/manifest.ts';
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

/**
 * Reads which content a manifest refers to: `config` and `layers`, an artifact manifest's `blobs`, an index's
 * `manifests`, the `subject`; none of them is a mistake to lack (gitlab-org/gitlab#600487). Entries of an index
 * that are layers, as BuildKit caches have them, are blobs. Foreign layers are left out.
 *
 * @throws ActionError when the bytes are no manifest, or refer to something by what is no digest
 */
export function readManifestTree(bytes: Uint8Array, digest: Digest): ManifestTree {
  const manifest = parseManifest(bytes);
  if (manifest === null) throw new ActionError('CONTENT', `manifest ${digest} is not a JSON object`);
  const [invalid] = manifest.invalid;
  if (invalid !== undefined) {
    throw new ActionError('CONTENT', `manifest ${digest} refers to ${invalid.digest}, which is no digest`);
  }
  const parts = (...roles: PartRole[]) =>
    distinct(manifest.parts.filter(({ role, isForeign }) => roles.includes(role) && !isForeign));
  return {
    mediaType: manifest.mediaType,
    blobs: parts('config', 'layer', 'blob'),
    children: parts('child'),
    subject: parts('subject')[0] ?? null,
    isSchema1: manifest.kind === 'schema1',
  };
}

function distinct(parts: readonly ManifestPart[]): ContentReference[] {
  const references = parts.map(
    ({ digest, mediaType, size }) => [digest, { digest, mediaType, size }] as const,
  );
  return [...new Map(references).values()];
}
