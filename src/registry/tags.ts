import { isTagName } from '../core/tag.ts';
import { readPages, unexpectedShape } from './pages.ts';
import { type Refusal, type RegistryClient, repositoryScope } from './registry-client.ts';

/** The page size the verifier asks for (`docs/facts.md` §2); it looks at the first page only. */
const TAG_PAGE_SIZE = 10_000;

const TAG_LIST = '{"name": …, "tags": […]}';

/** What a registry answered when asked for a repository's tags. */
export type TagListing =
  | {
      readonly kind: 'listed';
      /** Distinct legal names in the order they came. */
      readonly names: readonly string[];
      /** Listed names that break the tag grammar; they must never be put into a URL. */
      readonly illegal: readonly string[];
      /** How many of `names` were on the first page, the only one that the verifier reads. */
      readonly firstPage: number;
    }
  /** The registry says it does not know the repository (`NAME_UNKNOWN`): an answer, not a failure. */
  | { readonly kind: 'unknown-repository' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Lists a repository's tags, all pages (`GET /v2/<name>/tags/list?n=10000`). `{"tags": null}` is "no tags".
 *
 * @throws TransportError when the list cannot be read to its end
 */
export async function listTags(
  client: RegistryClient,
  path: string,
  signal?: AbortSignal,
): Promise<TagListing> {
  const purpose = `read the tag list of ${path}`;
  const names = new Set<string>();
  const illegal = new Set<string>();
  let firstPage: number | null = null;
  let stale = false;
  const about = { purpose, scopes: [repositoryScope(path, 'pull')], signal };
  for await (const page of readPages(client, `v2/${path}/tags/list?n=${TAG_PAGE_SIZE}`, about)) {
    if ('refused' in page) {
      const unknown =
        page.refused.status === 404 && page.refused.code === 'NAME_UNKNOWN' && firstPage === null;
      return unknown ? { kind: 'unknown-repository' } : { kind: 'refused', refusal: page.refused };
    }
    // An empty last page is legal; going on after a page that brought nothing is a circle under changing links.
    if (stale) throw unexpectedShape(purpose, 'pages that go on: a further page brought no new tag');
    const before = names.size + illegal.size;
    for (const name of tagsOf(page.body, purpose)) {
      // A list with something else in it is no list of this registry's tags: what it leaves out means nothing.
      if (typeof name !== 'string') throw unexpectedShape(purpose, TAG_LIST);
      if (isTagName(name)) names.add(name);
      else illegal.add(name);
    }
    stale = names.size + illegal.size === before;
    firstPage ??= names.size;
  }
  return { kind: 'listed', names: [...names], illegal: [...illegal], firstPage: firstPage ?? 0 };
}

function tagsOf(body: unknown, purpose: string): unknown[] {
  const tags = (body as { tags?: unknown } | null)?.tags;
  if (tags === null) return [];
  if (!Array.isArray(tags)) throw unexpectedShape(purpose, TAG_LIST);
  return tags;
}
