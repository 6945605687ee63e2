import type { AcceptProfile } from '../core/accept.ts';
import { type Digest, digestOf, isDigest } from '../core/digest.ts';
import { isSchema1Type, parseMediaType } from '../core/media-types.ts';
import { schema1Payload } from '../core/schema1.ts';
import type { HttpRequest } from '../http/message.ts';
import { type Refusal, type RegistryClient, refusalOf, repositoryScope, urlOf } from './registry-client.ts';

/** The specification asks registries for at least 4 MiB; Distribution refuses more. */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** The answer to a `HEAD` of a manifest. There is no body, so a refusal has a status and no words. */
export type ManifestHead =
  | {
      readonly kind: 'found';
      /** `Docker-Content-Digest`, believed on `HEAD` alone; null when it is missing or malformed. */
      readonly digest: Digest | null;
      readonly mediaType: string | null;
    }
  | { readonly kind: 'refused'; readonly status: number };

/** A manifest as it came, with the digest computed from its bytes. */
export interface Manifest {
  readonly kind: 'found';
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The header's claim, kept for the comparison; null when missing. */
  readonly headerDigest: string | null;
  readonly mediaType: string | null;
}

export type ManifestAnswer = Manifest | ({ readonly kind: 'refused' } & Refusal);

/**
 * Asks for a manifest's digest under one Accept profile.
 *
 * @param reference a legal tag name or a digest
 * @throws TransportError when no answer came
 */
export async function headManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal?: AbortSignal,
): Promise<ManifestHead> {
  const response = await client.send(manifestRequest(client, 'HEAD', path, reference, accept, signal));
  await response.discard();
  if (response.status !== 200) return { kind: 'refused', status: response.status };
  const digest = response.header('docker-content-digest');
  return {
    kind: 'found',
    digest: isDigest(digest) ? digest : null,
    mediaType: parseMediaType(response.header('content-type')),
  };
}

/**
 * Fetches a manifest under one Accept profile. Its digest is computed from the received bytes, for signed
 * schema 1 from its payload; the header is never believed.
 *
 * @throws TransportError when no answer came, or the body is over 4 MiB
 */
export async function getManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal?: AbortSignal,
): Promise<ManifestAnswer> {
  const response = await client.send(manifestRequest(client, 'GET', path, reference, accept, signal));
  if (response.status !== 200) return { kind: 'refused', ...(await refusalOf(response)) };
  const bytes = await response.bytes(MANIFEST_LIMIT_BYTES);
  const mediaType = parseMediaType(response.header('content-type'));
  const payload = isSchema1Type(mediaType) ? (schema1Payload(bytes) ?? bytes) : bytes;
  const headerDigest = response.header('docker-content-digest');
  return { kind: 'found', bytes, digest: digestOf(payload), headerDigest, mediaType };
}

function manifestRequest(
  client: RegistryClient,
  method: 'GET' | 'HEAD',
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal: AbortSignal | undefined,
): HttpRequest {
  return {
    method,
    url: urlOf(client, `v2/${path}/manifests/${reference}`),
    headers: accept.header === '' ? {} : { accept: accept.header },
    purpose: `read the manifest of ${path}:${reference}`,
    scopes: [repositoryScope(path, 'pull')],
    ...(method === 'GET' && { bodyLimit: MANIFEST_LIMIT_BYTES }),
    ...(signal && { signal }),
  };
}
