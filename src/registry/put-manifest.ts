import { type Refusal, type RegistryClient, refusalOf, repositoryScope, urlOf } from './registry-client.ts';

/**
 * Pushes a manifest's bytes as they are (`PUT /v2/<name>/manifests/<reference>`).
 *
 * @param reference a legal tag name or the bytes' digest
 * @returns null when it was taken, else the registry's words
 * @throws TransportError when no answer came: whether it was taken is then unknown
 */
export async function putManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  signal?: AbortSignal,
): Promise<Refusal | null> {
  const response = await client.send({
    method: 'PUT',
    url: urlOf(client, `v2/${path}/manifests/${reference}`),
    headers: { 'content-type': manifest.mediaType, 'content-length': String(manifest.bytes.length) },
    body: manifest.bytes,
    purpose: `push the manifest ${path}:${reference}`,
    kind: 'write',
    scopes: [repositoryScope(path, 'pull,push,delete')],
    // The same bytes under the same name: a second time changes nothing.
    repeatable: true,
    signal,
  });
  if (response.status < 200 || response.status > 299) return refusalOf(response);
  await response.discard();
  return null;
}
