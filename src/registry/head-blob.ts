import type { Digest } from '../core/digest.ts';
import { type RegistryClient, repositoryScope, urlOf } from './registry-client.ts';

/** The answer to a `HEAD` of a blob. */
export type BlobHead =
  | {
      readonly kind: 'found';
      /** `Content-Length` in bytes; null when the server does not say. */
      readonly size: number | null;
    }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /**
       * Who refused: the object storage that the registry redirects to, the registry itself (the answer carries
       * the version header of the Docker Registry HTTP API V2), or somebody in front of it.
       */
      readonly by: 'registry' | 'storage' | 'unknown';
    };

/**
 * Asks whether a repository has a blob (`HEAD /v2/<name>/blobs/<digest>`), and keeps apart who says no.
 *
 * @throws TransportError when no answer came
 */
export async function headBlob(
  client: RegistryClient,
  path: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<BlobHead> {
  const url = urlOf(client, `v2/${path}/blobs/${digest}`);
  const response = await client.send({
    method: 'HEAD',
    url,
    headers: {},
    purpose: `look for blob ${digest} in ${path}`,
    kind: 'blob',
    scopes: [repositoryScope(path, 'pull')],
    signal,
  });
  await response.discard();
  if (response.status === 200) {
    const length = response.header('content-length');
    return { kind: 'found', size: length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null };
  }
  const isOwn = response.header('docker-distribution-api-version') !== null;
  const by = response.url.origin !== url.origin ? 'storage' : isOwn ? 'registry' : 'unknown';
  return { kind: 'refused', status: response.status, by };
}
