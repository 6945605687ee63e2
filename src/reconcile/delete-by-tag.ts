import { TransportError } from '../errors.ts';
import { deleteManifest, deleteTagReference } from '../registry/delete-manifest.ts';
import type { Refusal, RegistryClient } from '../registry/registry-client.ts';
import { listTags } from '../registry/tags.ts';
import { ActionError, refusedAction } from './action-error.ts';
import { inWords, readTagState } from './tag-state.ts';

/** How single tags can be deleted on a registry, as far as trying has shown. */
export interface DeleteCapability {
  way: 'unknown' | 'tag' | 'reference' | 'placeholder';
}

/**
 * What registries answer that cannot delete by tag: Distribution 400 `DIGEST_INVALID`, others 405 or 501
 * (`docs/facts.md` §6).
 */
const UNSUPPORTED = new Set([400, 405, 501]);

/**
 * Deletes one tag by its name, the way of GitLab ≥ 16.4 and Distribution 3, or GitLab's older one.
 *
 * @returns how it was done; null when the registry cannot do it so, and nothing has changed
 * @throws ActionError when the registry refuses for another reason
 */
export async function deleteByTag(
  client: RegistryClient,
  capability: DeleteCapability,
  path: string,
  tag: string,
): Promise<string | null> {
  if (capability.way === 'placeholder') return null;
  if (capability.way !== 'reference') {
    const answer = await attempt(client, path, tag, () => deleteManifest(client, path, tag));
    if (answer === 'gone') {
      capability.way = 'tag';
      return 'deleted by tag';
    }
    if (answer === 'already gone') return 'already gone';
    // The tag is listed and the registry does not know it: another tag may be deleted by name all the same.
    if (answer.status === 404) return null;
    if (!UNSUPPORTED.has(answer.status))
      throw refusedAction(`delete ${path}:${tag} on the secondary`, answer);
  }
  const answer = await attempt(client, path, tag, () => deleteTagReference(client, path, tag));
  if (answer === 'gone') {
    capability.way = 'reference';
    return 'deleted by tag reference';
  }
  if (answer === 'already gone') return 'already gone';
  // A hiccup or a refusal of rights says nothing of what the registry can do.
  if (answer.status !== 404 && !UNSUPPORTED.has(answer.status))
    throw refusedAction(`delete ${path}:${tag} by tag reference on the secondary`, answer);
  capability.way = 'placeholder';
  return null;
}

type Attempt = 'gone' | 'already gone' | Refusal;

/** Sends a delete and looks at what really happened, whatever was answered. */
async function attempt(
  client: RegistryClient,
  path: string,
  tag: string,
  send: () => Promise<Refusal | null>,
): Promise<Attempt> {
  let refusal: Refusal | null;
  try {
    refusal = await send();
  } catch (error) {
    if (error instanceof TransportError && !(await isListed(client, path, tag))) return 'gone';
    throw error;
  }
  if (refusal === null) {
    // A tag that does not resolve may be left dangling: the list alone says that it is gone.
    if (!(await isListed(client, path, tag))) return 'gone';
    const state = await readTagState(client, path, tag, 'secondary');
    throw new ActionError(
      'CONTENT',
      `the secondary accepted the delete, and the tag is still listed and gives ${inWords(state)}`,
    );
  }
  if (UNSUPPORTED.has(refusal.status)) return refusal;
  if (await isListed(client, path, tag)) return refusal;
  return refusal.status === 404 ? 'already gone' : 'gone';
}

/**
 * Whether the secondary lists a tag now: the one way to tell "deleted" from "left dangling".
 * @throws ActionError when the list cannot be read
 */
export async function isListed(client: RegistryClient, path: string, tag: string): Promise<boolean> {
  return (await listedTags(client, path, 'secondary')).has(tag);
}

/**
 * A site's tags of a repository now; none where it does not know the repository.
 * @throws ActionError when the list cannot be read
 */
export async function listedTags(
  client: RegistryClient,
  path: string,
  site: string,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const listing = await listTags(client, path, signal);
  switch (listing.kind) {
    case 'refused':
      throw refusedAction(`read the tag list of ${path} on the ${site}`, listing.refusal);
    case 'unknown-repository':
      return new Set();
    case 'listed':
      return new Set(listing.names);
  }
}
