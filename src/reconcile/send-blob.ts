import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { type Digest, matchesDigest } from '../core/digest.ts';
import { messageOf, TransportError } from '../errors.ts';
import { commitUpload, patchUpload } from '../registry/blob-uploads.ts';
import { hasBlob } from '../registry/blobs.ts';
import type { Refusal, RegistryClient } from '../registry/registry-client.ts';
import { ActionError, refusedAction } from './action-error.ts';
import { type BlobReader, openBlobReader } from './blob-reader.ts';
import type { ContentReference } from './manifest-tree.ts';

/** What copying a blob needs beside the blob. */
export interface CopyBlobContext {
  readonly primary: RegistryClient;
  readonly secondary: RegistryClient;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The largest `PATCH`; lowered for the rest of the run when the registry refuses one as too large. */
  readonly chunk: { bytes: number };
  /** Called with the bytes handed to the secondary, as they go. */
  readonly onBytes: (bytes: number) => void;
}

/** A blob of at most this many bytes is read whole, verified, and sent in one request. */
const SMALL_BYTES = 2 * 1024 * 1024;
/** The smallest `PATCH` that a refusal as too large leads to. */
export const SMALLEST_CHUNK_BYTES = 1024 * 1024;
/** A refusal that another attempt may not meet. 401: a token that ended under way. 416: it counts otherwise. */
const TEMPORARY = new Set([401, 404, 408, 413, 416, 425, 429, 499, 500, 502, 503, 504]);

/** How far an upload has come. */
export interface Upload {
  location: URL | null;
  /** Bytes that the secondary has acknowledged. */
  offset: number;
  /** Over the bytes up to `offset`. */
  hash: Hash;
  /** Bytes beyond `offset` that the secondary has too, of a piece that broke off: to be hashed, not sent. */
  ahead: number;
}

/**
 * Sends the rest of a blob into an upload that was begun, and closes the upload when the digest over all its bytes is
 * right, never otherwise. `upload` says how far it came when something breaks.
 *
 * @throws ActionError when a registry refuses or the content is wrong; TransportError when one stays away
 */
export async function sendBlob(
  context: CopyBlobContext,
  path: string,
  blob: ContentReference,
  upload: Upload,
  chunkBytes: () => number,
): Promise<void> {
  const { digest } = blob;
  const reader = await openBlobReader({ ...context, client: context.primary, path, digest }, upload.offset);
  try {
    const total = reader.total ?? blob.size;
    if (
      upload.offset === 0 &&
      upload.ahead === 0 &&
      total !== null &&
      total <= Math.min(SMALL_BYTES, Math.max(chunkBytes(), SMALLEST_CHUNK_BYTES))
    ) {
      await pushSmall(context, path, digest, upload, reader, total);
      return;
    }
    await catchUp(reader, upload);
    while (total === null || upload.offset < total) {
      const length = total === null ? null : Math.min(chunkBytes(), total - upload.offset);
      const isWhole = upload.offset === 0 && length === total;
      const ended = await pushPiece(context, path, upload, reader, { length, isWhole });
      if (ended) break;
    }
    if (`${algorithmOf(digest)}:${upload.hash.copy().digest('hex')}` !== digest)
      throw wrongBytes(path, digest);
    await commit(context, path, digest, upload, null);
  } finally {
    reader.close();
  }
}

async function pushSmall(
  context: CopyBlobContext,
  path: string,
  digest: Digest,
  upload: Upload,
  reader: BlobReader,
  total: number,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await reader.read(total + 1); chunk !== null; chunk = await reader.read(total + 1)) {
    length += chunk.length;
    if (length > total) throw wrongBytes(path, digest);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks, length);
  if (!matchesDigest(bytes, digest)) throw wrongBytes(path, digest);
  context.onBytes(length);
  await commit(context, path, digest, upload, bytes);
}

/** Hashes what the secondary has of a broken piece: the digest must be over every byte it was sent. */
async function catchUp(reader: BlobReader, upload: Upload): Promise<void> {
  while (upload.ahead > 0) {
    const bytes = await reader.read(upload.ahead);
    if (bytes === null)
      throw new TransportError('BODY_TRUNCATED', 'the blob is shorter than what was sent of it');
    upload.hash.update(bytes);
    upload.offset += bytes.length;
    upload.ahead -= bytes.length;
  }
}

/** Sends one `PATCH`. True when the blob came to its end in it, which matters where its length is not known. */
async function pushPiece(
  context: CopyBlobContext,
  path: string,
  upload: Upload,
  reader: BlobReader,
  { length, isWhole }: { length: number | null; isWhole: boolean },
): Promise<boolean> {
  const { location } = upload;
  if (location === null) throw new TypeError('no upload was begun');
  const hash = upload.hash.copy();
  const piece = { sent: 0, failure: null as { error: unknown } | null };
  async function next(): Promise<Uint8Array | null> {
    try {
      return await reader.read(length === null ? SMALL_BYTES : length - piece.sent);
    } catch (error) {
      piece.failure = { error };
      throw error;
    }
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    while (length === null || piece.sent < length) {
      const chunk = await next();
      if (chunk === null) return;
      hash.update(chunk);
      piece.sent += chunk.length;
      context.onBytes(chunk.length);
      yield chunk;
    }
  }
  const body = Readable.from(bytes(), { objectMode: false });
  try {
    const start = isWhole || length === null ? null : upload.offset;
    const answer = await patchUpload(
      context.secondary,
      path,
      location,
      { body, length, start },
      context.signal,
    );
    if (answer.kind === 'refused') throw uploadRefused(path, answer);
    const wanted = upload.offset + piece.sent;
    if (answer.offset !== null && answer.offset !== wanted && wanted > 1) {
      throw new TransportError('PROTOCOL', `the secondary has ${answer.offset} of ${wanted} bytes of a blob`);
    }
    Object.assign(upload, { location: answer.location, offset: wanted, hash });
    return length === null;
  } catch (error) {
    // The cause on the primary's side tells more than the request that it broke on the secondary's.
    throw piece.failure === null ? error : piece.failure.error;
  } finally {
    body.on('error', () => undefined).destroy();
  }
}

async function commit(
  context: CopyBlobContext,
  path: string,
  digest: Digest,
  upload: Upload,
  body: Uint8Array | null,
): Promise<void> {
  const { secondary, signal } = context;
  const { location } = upload;
  if (location === null) throw new TypeError('no upload was begun');
  // Whatever comes of it, this session is over.
  upload.location = null;
  try {
    const answer = await commitUpload(secondary, path, location, digest, body, signal);
    if (answer.kind === 'refused') throw uploadRefused(path, answer);
  } catch (error) {
    if (isTemporary(error) && (await hasBlob(secondary, path, digest, signal)) === true) return;
    throw error;
  }
}

/** Whether another attempt may go better than the one that ended so. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof ActionError) return error.code === 'REFUSED' && TEMPORARY.has(error.status ?? 0);
  return error instanceof TransportError && error.code !== 'TLS' && error.code !== 'REDIRECT_REFUSED';
}

function uploadRefused(path: string, refusal: Refusal): ActionError {
  return refusedAction(`upload a blob to ${path} on the secondary`, refusal);
}

function wrongBytes(path: string, digest: Digest): ActionError {
  return new ActionError(
    'CONTENT',
    `the primary's blob ${digest} of ${path} does not hash to its digest; nothing of it was committed`,
  );
}

function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}

/**
 * A new hash of a digest's algorithm.
 * @throws ActionError when there is none
 */
export function hashFor(digest: Digest): Hash {
  try {
    return createHash(algorithmOf(digest));
  } catch (error) {
    throw new ActionError('CONTENT', `the digest ${digest} cannot be verified: ${messageOf(error)}`);
  }
}
