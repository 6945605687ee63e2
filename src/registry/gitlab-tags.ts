import { compareBytes } from '../core/byte-order.ts';
import { isDigest } from '../core/digest.ts';
import { isTagName } from '../core/tag.ts';
import { readPages, unexpectedShape } from './pages.ts';
import {
  type Refusal,
  type RegistryClient,
  repositoryScope,
  sendAndDiscard,
  urlOf,
} from './registry-client.ts';

/** The largest `n` the GitLab v1 API takes (`docs/facts.md` §2). */
const PAGE_SIZE = 1000;

/** One tag as the GitLab registry's metadata database knows it. */
export interface GitlabTag {
  readonly name: string;
  /** null when the entry had none, or none that parses. */
  readonly digest: string | null;
  readonly mediaType: string | null;
  readonly publishedAt: string | null;
}

export type GitlabTagListing =
  | { readonly kind: 'listed'; readonly illegal: readonly string[] }
  | { readonly kind: 'unknown-repository' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** An entry of the list, checked by hand: a schema costs more than all the rest of reading a million of them. */
type Entry = Readonly<Record<'digest' | 'media_type' | 'published_at', string | null | undefined>> & {
  readonly name: string;
};

function entriesOf(page: unknown): readonly Entry[] | null {
  return Array.isArray(page) && page.every(isEntry) ? page : null;
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, digest, media_type, published_at } = value as Record<string, unknown>;
  return typeof name === 'string' && isText(digest) && isText(media_type) && isText(published_at);
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

/** What a registry says to the question whether it offers the GitLab v1 API. */
export interface GitlabApiAnswer {
  /** null when the status does not tell: throttled, out of order, or kept from us. */
  readonly isThere: boolean | null;
  readonly status: number;
}

/**
 * Asks whether the registry offers the GitLab v1 API: it does when `GET /gitlab/v1/` answers 2xx or 401. 404 alone
 * means that it does not know the API, or knows it and has its database off (`docs/facts.md` §2).
 *
 * @throws TransportError when no answer came; AuthError when no token could be had
 */
export async function askForGitlabApi(
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<GitlabApiAnswer> {
  const { status } = await sendAndDiscard(client, {
    method: 'GET',
    url: urlOf(client, 'gitlab/v1/'),
    headers: {},
    purpose: 'look for the GitLab v1 API',
    kind: 'ping',
    bodyLimit: 1024 * 1024,
    signal,
  });
  const isThere = (status >= 200 && status < 300) || status === 401;
  return { isThere: isThere ? true : status === 404 ? false : null, status };
}

/**
 * Lists a repository's tags with their digests by the GitLab v1 API, 1,000 a request, all pages.
 *
 * @param take called for each tag with a legal name as its page comes, so that a million are not held twice; where
 *   a name comes again, the later entry is the one to keep
 * @throws TransportError when the list cannot be read to its end
 */
export async function listGitlabTags(
  client: RegistryClient,
  path: string,
  take: (tag: GitlabTag) => void,
  signal?: AbortSignal,
): Promise<GitlabTagListing> {
  const purpose = `read the GitLab v1 tag list of ${path}`;
  let last = '';
  // The list is sorted, so that a name beyond the last is new. Of others only these are kept: a million names in a
  // set are as large as all the rest.
  const outOfOrder = new Set<string>();
  const illegal = new Set<string>();
  // The trailing slash matters: without it the registry answers 301.
  const first = `gitlab/v1/repositories/${path}/tags/list/?n=${PAGE_SIZE}`;
  let pages = 0;
  let stale = false;
  const about = { purpose, scopes: [repositoryScope(path, 'pull')], signal };
  for await (const page of readPages(client, first, about)) {
    if ('refused' in page) {
      const unknown = page.refused.status === 404 && page.refused.code === 'NAME_UNKNOWN' && pages === 0;
      return unknown ? { kind: 'unknown-repository' } : { kind: 'refused', refusal: page.refused };
    }
    const entries = entriesOf(page.body);
    if (entries === null) throw unexpectedShape(purpose, '[{"name": …, "digest": …}]');
    if (stale) throw unexpectedShape(purpose, 'pages that go on: a further page brought no new tag');
    const before = illegal.size + outOfOrder.size;
    let isNew = false;
    for (const { name, digest, media_type, published_at } of entries) {
      if (!isTagName(name)) {
        illegal.add(name);
        continue;
      }
      if (compareBytes(name, last) > 0) {
        last = name;
        isNew = true;
      } else outOfOrder.add(name);
      take({
        name,
        digest: isDigest(digest) ? digest : null,
        mediaType: media_type?.toLowerCase() || null,
        publishedAt: published_at || null,
      });
    }
    stale = !isNew && illegal.size + outOfOrder.size === before;
    pages++;
  }
  return { kind: 'listed', illegal: [...illegal] };
}
