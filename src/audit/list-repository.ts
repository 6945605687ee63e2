import { type List, mapList } from '../core/list.ts';
import type { UnresolvableTag } from '../core/tag-reading.ts';
import { type GitlabTag, listGitlabTags } from '../registry/gitlab-tags.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { listTags } from '../registry/tags.ts';
import type { ReadError, TagEntry } from '../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from './read-failure.ts';
import type { ReadingPool } from './reading-pool.ts';
import { createTagColumns } from './tag-columns.ts';

/** The tags of a repository as one listing gave them, or why there is none. */
export interface Listing {
  readonly present: boolean | null;
  /** Names alone, or with what a listing with digests says of them. */
  readonly tags: List<{ readonly name: string; readonly reading?: TagEntry['reading'] }>;
  readonly illegal: readonly string[];
  readonly firstPage: number | null;
  readonly error: ReadError | null;
}

const NO_TAGS = { tags: [], illegal: [], firstPage: null } as const;

/** Lists a repository by `/v2/`: names alone. What the site fails to give is data, as is an interruption. */
export async function listByDockerApi(
  client: RegistryClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  try {
    const answer = await listTags(client, path, signal);
    switch (answer.kind) {
      case 'unknown-repository':
        return { present: false, ...NO_TAGS, error: null };
      case 'refused':
        return {
          present: null,
          ...NO_TAGS,
          error: errorOfRefusal(answer.refusal, `read the tag list of ${path}`),
        };
      case 'listed': {
        const tags = mapList(answer.names, (name) => ({ name }));
        return { present: true, tags, illegal: answer.illegal, firstPage: answer.firstPage, error: null };
      }
    }
  } catch (fault) {
    return { present: null, ...NO_TAGS, error: errorOfFault(fault, signal) };
  }
}

/** What stands for a tag to which the listing gave no digest: nothing is known of it but its name. */
const WITHOUT_DIGEST: UnresolvableTag = Object.freeze({
  state: 'unresolvable',
  digest: null,
  mediaType: null,
  status: null,
  reason: 'the listing gives no digest',
  code: null,
  narrow: null,
});

/** Lists a repository by the GitLab v1 API: names with their digests. Likewise never throws for what the site does. */
export async function listByGitlabApi(
  client: RegistryClient,
  path: string,
  pool: ReadingPool,
  signal: AbortSignal | undefined,
): Promise<Listing & { readonly tags: List<TagEntry> }> {
  const columns = createTagColumns(pool);
  try {
    const take = (tag: GitlabTag) => columns.add(tag.name, readingOf(tag));
    const answer = await listGitlabTags(client, path, take, signal);
    switch (answer.kind) {
      case 'unknown-repository':
        return { present: false, ...NO_TAGS, error: null };
      case 'refused': {
        const error = errorOfRefusal(answer.refusal, `read the GitLab v1 tag list of ${path}`);
        return { present: null, ...NO_TAGS, error };
      }
      case 'listed':
        return { present: true, tags: columns.list(), illegal: answer.illegal, firstPage: null, error: null };
    }
  } catch (fault) {
    return { present: null, ...NO_TAGS, error: errorOfFault(fault, signal) };
  }
}

function readingOf({ digest, mediaType, publishedAt }: GitlabTag): TagEntry['reading'] {
  if (digest === null) return WITHOUT_DIGEST;
  return {
    state: 'resolved',
    digest,
    mediaType,
    narrow: null,
    ...(publishedAt !== null && { publishedAt }),
  };
}
