import { type Digest, digestOf } from '../core/digest.ts';
import { MediaType } from '../core/media-types.ts';
import { schema } from '../core/schema.ts';
import { commitUpload, startUpload } from '../registry/blob-uploads.ts';
import { hasBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { ActionError, refusedAction } from './action-error.ts';

/** A manifest that exists to be deleted: by its digest, which no other tag can have. */
export interface Placeholder {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** The annotation by which a placeholder can be told, by people and by tests. */
export const PLACEHOLDER_ANNOTATION = 'io.gitlab.geo-registry-audit.placeholder';
const placeholderShape = schema((z) =>
  z.object({
    layers: z.array(z.never()),
    annotations: z.object({ [PLACEHOLDER_ANNOTATION]: z.string() }),
  }),
);
const EMPTY_CONFIG = Buffer.from('{}');

/**
 * The placeholder for one tag: an image without layers whose annotation makes its bytes unlike any other's.
 *
 * @param nonce never used twice
 */
export function placeholderFor(path: string, tag: string, nonce: string): Placeholder {
  const content = {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(EMPTY_CONFIG),
      size: EMPTY_CONFIG.length,
    },
    layers: [],
    annotations: { [PLACEHOLDER_ANNOTATION]: `${wordsFor(path, tag)}${nonce})` },
  };
  const bytes = Buffer.from(JSON.stringify(content));
  return { bytes, mediaType: MediaType.ociManifest, digest: digestOf(bytes) };
}

/** Whether a manifest's bytes are a placeholder for this very tag, of whatever run. */
export function isPlaceholderOf(bytes: Uint8Array, path: string, tag: string): boolean {
  try {
    const { annotations } = placeholderShape().parse(JSON.parse(Buffer.from(bytes).toString()));
    return annotations[PLACEHOLDER_ANNOTATION].startsWith(wordsFor(path, tag));
  } catch {
    return false;
  }
}

function wordsFor(path: string, tag: string): string {
  return `${path}:${tag} is being deleted (`;
}

/** Puts the placeholder's config, two bytes, into a repository where it is not there. */
export async function pushPlaceholderConfig(client: RegistryClient, path: string): Promise<void> {
  const digest = digestOf(EMPTY_CONFIG);
  if ((await hasBlob(client, path, digest)) === true) return;
  const started = await startUpload(client, path, null);
  if (started.kind === 'refused') throw refusedAction(`begin an upload to ${path} on the secondary`, started);
  if (started.kind === 'mounted')
    throw new ActionError('CONTENT', 'the secondary mounted what nobody asked for');
  const stored = await commitUpload(client, path, started.location, digest, EMPTY_CONFIG);
  if (stored.kind === 'refused') throw refusedAction(`upload a blob to ${path} on the secondary`, stored);
}
