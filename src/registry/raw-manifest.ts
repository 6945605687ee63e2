import type { AcceptProfile } from '../core/accept.ts';
import { REFUSAL_BODY_LIMIT } from '../http/message.ts';
import { MANIFEST_LIMIT_BYTES } from './manifests.ts';
import { type RegistryClient, repositoryScope, urlOf } from './registry-client.ts';

/** Whatever a server answered where a manifest was asked for. */
export interface RawAnswer {
  readonly status: number;
  /** As sent, with parameters; null when missing. */
  readonly contentType: string | null;
  readonly headerDigest: string | null;
  /** At most 4 MiB; of a refusal 64 KiB, and nothing when it is longer or breaks off. */
  readonly bytes: Uint8Array;
}

/**
 * Asks for a manifest and gives the answer as it is, a web page included: for what stands in front of registries
 * and is none, such as GitLab's dependency proxy.
 *
 * @throws TransportError when no answer came, AuthError when no token could be had
 */
export async function getRawManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal?: AbortSignal,
): Promise<RawAnswer> {
  const response = await client.send({
    method: 'GET',
    url: urlOf(client, `v2/${path}/manifests/${reference}`),
    headers: accept.header === '' ? {} : { accept: accept.header },
    purpose: `read the manifest of ${path}:${reference}`,
    kind: 'get',
    scopes: [repositoryScope(path, 'pull')],
    bodyLimit: MANIFEST_LIMIT_BYTES,
    signal,
  });
  const { status } = response;
  const contentType = response.header('content-type');
  const headerDigest = response.header('docker-content-digest');
  if (status === 200)
    return { status, contentType, headerDigest, bytes: await response.bytes(MANIFEST_LIMIT_BYTES) };
  let bytes: Uint8Array = new Uint8Array();
  try {
    bytes = await response.bytes(REFUSAL_BODY_LIMIT);
  } catch {
    // The status alone is still an answer; the words are a courtesy.
  }
  return { status, contentType, headerDigest, bytes };
}
