import type { Digest } from '../core/digest.ts';
import { TransportError } from '../errors.ts';
import { cancelUpload, readUploadOffset, startUpload } from '../registry/blob-uploads.ts';
import { ActionError, refusedAction } from './action-error.ts';
import type { ContentReference } from './manifest-tree.ts';
import {
  type CopyBlobContext,
  hashFor,
  isTemporary,
  SMALLEST_CHUNK_BYTES,
  sendBlob,
  type Upload,
} from './send-blob.ts';

/** Failures in a row in which the secondary took no byte. */
const MOST_FRUITLESS = 4;
/** Uploads begun for one blob. Distribution loses the session of a broken `PATCH` (measured), so this bounds re-sending. */
const MOST_SESSIONS = 5;
const FIRST_PAUSE_MS = 500;

/**
 * Copies one blob from the primary to the secondary, by digest, in constant memory.
 *
 * Small blobs go in one request. Others flow from the download into `PATCH` requests; the digest is computed on
 * the way, and the upload is closed only when it is right. A broken download goes on by `Range` in the same upload. A
 * broken upload goes on from the byte that the secondary names, where it keeps the session, else in a new one; a
 * piece that is refused as too large is halved.
 *
 * @param mountFrom a repository of the secondary known to have the blob
 * @throws ActionError when a registry refuses or the content is wrong; TransportError when one stays away
 */
export async function copyBlob(
  context: CopyBlobContext,
  path: string,
  blob: ContentReference,
  mountFrom: string | null,
): Promise<void> {
  const { secondary, clock, signal } = context;
  const upload: Upload = { location: null, offset: 0, hash: hashFor(blob.digest), ahead: 0 };
  let chunkBytes = Math.max(1, context.chunk.bytes);
  let mount = mountFrom;
  let sessions = 0;
  for (let fruitless = 0; ; ) {
    const before = upload.offset;
    try {
      if (upload.location === null) {
        const started = await begin(context, path, blob.digest, mount);
        if (started === 'mounted') return;
        mount = null;
        sessions++;
        Object.assign(upload, { location: started, offset: 0, hash: hashFor(blob.digest), ahead: 0 });
      }
      await sendBlob(context, path, blob, upload, () => chunkBytes);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (upload.offset > before) fruitless = 0;
      const tooLarge = error instanceof ActionError && error.status === 413;
      const smallest = tooLarge && chunkBytes <= SMALLEST_CHUNK_BYTES;
      if (!tooLarge) fruitless++;
      if (!isTemporary(error) || smallest || fruitless > MOST_FRUITLESS || sessions >= MOST_SESSIONS) {
        if (upload.location !== null) await cancelUpload(secondary, path, upload.location);
        throw error;
      }
      // The registry, or a proxy before it, may cut long requests without saying so.
      chunkBytes = Math.max(SMALLEST_CHUNK_BYTES, Math.min(chunkBytes, blob.size ?? chunkBytes) / 2);
      chunkBytes = Math.floor(chunkBytes);
      if (tooLarge) context.chunk.bytes = Math.min(context.chunk.bytes, chunkBytes);
      else await clock.sleep(clock.random() * FIRST_PAUSE_MS * 2 ** fruitless, signal);
      await findPlace(context, path, upload);
    }
  }
}

async function begin(
  { secondary, signal }: CopyBlobContext,
  path: string,
  digest: Digest,
  mountFrom: string | null,
): Promise<URL | 'mounted'> {
  const mount = mountFrom === null ? null : { digest, from: mountFrom };
  let answer = await startUpload(secondary, path, mount, signal);
  // A mount may be refused for want of rights on the other repository: that is no reason not to upload.
  if (answer.kind === 'refused' && mount !== null) answer = await startUpload(secondary, path, null, signal);
  if (answer.kind === 'refused') throw refusedAction(`begin an upload to ${path} on the secondary`, answer);
  return answer.kind === 'mounted' ? 'mounted' : answer.location;
}

/** After a failure: goes on in the same session where the secondary says it is, else in a new one. */
async function findPlace(context: CopyBlobContext, path: string, upload: Upload): Promise<void> {
  const { location } = upload;
  if (location === null) return;
  try {
    const at = await readUploadOffset(context.secondary, path, location, context.signal);
    if (at.kind === 'at' && at.offset !== null && at.offset >= upload.offset) {
      Object.assign(upload, { location: at.location, ahead: at.offset - upload.offset });
      return;
    }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
  }
  await cancelUpload(context.secondary, path, location);
  Object.assign(upload, { location: null, offset: 0, ahead: 0 });
}
