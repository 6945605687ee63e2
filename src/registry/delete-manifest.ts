import type { HttpRequest } from '../http/message.ts';
import { type Refusal, type RegistryClient, refusalOf, repositoryScope, urlOf } from './registry-client.ts';

/**
 * `DELETE /v2/<name>/manifests/<reference>`. By tag it removes that tag alone, where a registry can do it; by
 * digest it removes the manifest and **every** tag that points at it (`docs/facts.md` §6).
 *
 * @returns null when the registry accepted it, else its words
 * @throws TransportError when no answer came: whether it happened is then unknown
 */
export async function deleteManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  signal?: AbortSignal,
): Promise<Refusal | null> {
  return sendDelete(client, `v2/${path}/manifests/${reference}`, path, reference, signal);
}

/** `DELETE /v2/<name>/tags/reference/<tag>`, by which GitLab's registry removed one tag before 16.4. */
export async function deleteTagReference(
  client: RegistryClient,
  path: string,
  tag: string,
  signal?: AbortSignal,
): Promise<Refusal | null> {
  return sendDelete(client, `v2/${path}/tags/reference/${tag}`, path, tag, signal);
}

async function sendDelete(
  client: RegistryClient,
  relative: string,
  path: string,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<Refusal | null> {
  const request: HttpRequest = {
    method: 'DELETE',
    url: urlOf(client, relative),
    headers: {},
    purpose: `delete ${path}:${reference}`,
    kind: 'delete',
    scopes: [repositoryScope(path, 'pull,push,delete')],
    signal,
  };
  const response = await client.send(request);
  if (response.status < 200 || response.status > 299) return refusalOf(response);
  await response.discard();
  return null;
}
