import type { Readable } from 'node:stream';
import type { Digest } from '../core/digest.ts';
import { headBlob } from './head-blob.ts';
import { type Refusal, type RegistryClient, refusalOf, repositoryScope, urlOf } from './registry-client.ts';

/** A blob's content from `start` on; the stream must be read to its end or destroyed. */
export interface BlobContent {
  readonly kind: 'found';
  readonly stream: Readable;
  /** Offset of the stream's first byte: less than asked for when the server ignores `Range`. */
  readonly start: number;
  /** Bytes of the whole blob; null when the server does not say. */
  readonly total: number | null;
}

/**
 * Whether a repository has a blob (`HEAD /v2/<name>/blobs/<digest>`). A refusal by the object storage that the
 * registry redirects to says nothing about the repository and counts as "no".
 *
 * @returns true, false, or the status of any other refusal by the registry
 * @throws TransportError when no answer came
 */
export async function hasBlob(
  client: RegistryClient,
  path: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<boolean | number> {
  const head = await headBlob(client, path, digest, signal);
  if (head.kind === 'found') return true;
  return head.status === 404 || head.by === 'storage' ? false : head.status;
}

/**
 * Opens a blob's content as a stream, from an offset on (RFC 9110 `Range`) so that a broken download can go on.
 * Redirects to object storage are followed without credentials by the transport.
 *
 * @throws TransportError when no answer came
 */
export async function getBlob(
  client: RegistryClient,
  path: string,
  digest: Digest,
  from: number,
  signal?: AbortSignal,
): Promise<BlobContent | ({ readonly kind: 'refused' } & Refusal)> {
  const response = await client.send({
    method: 'GET',
    url: urlOf(client, `v2/${path}/blobs/${digest}`),
    headers: from > 0 ? { range: `bytes=${from}-` } : {},
    purpose: `read blob ${digest} of ${path}`,
    kind: 'blob',
    scopes: [repositoryScope(path, 'pull')],
    signal,
  });
  if (response.status === 200) {
    const length = response.header('content-length');
    return { kind: 'found', stream: response.stream(), start: 0, total: wholeNumber(length) };
  }
  if (response.status === 206) {
    const range = response.header('content-range')?.match(/^bytes (\d+)-\d+\/(\d+|\*)$/);
    if (range?.[1] !== undefined && Number(range[1]) <= from) {
      const total = wholeNumber(range[2] ?? null);
      return { kind: 'found', stream: response.stream(), start: Number(range[1]), total };
    }
    await response.discard();
    const message = `HTTP 206 for another range than bytes ${from}-`;
    return { kind: 'refused', status: 206, code: null, message };
  }
  return { kind: 'refused', ...(await refusalOf(response)) };
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
