import { parseRepositoryPath } from '../core/repository-path.ts';
import { readPages, unexpectedShape } from './pages.ts';
import type { Refusal, RegistryClient } from './registry-client.ts';

/** The right that listing all repositories needs (`docs/facts.md` §8). */
const CATALOG_SCOPE = 'registry:catalog:*';
/** The most that Distribution and GitLab's registry take unless told otherwise. */
const PAGE_SIZE = 1000;

/** What a registry answered when asked for its repositories. */
export type CatalogListing =
  | {
      readonly kind: 'listed';
      /** Distinct legal paths in the order they came. */
      readonly paths: readonly string[];
      /** Listed paths that break the `<name>` grammar; they must never be put into a URL. */
      readonly illegal: readonly string[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Lists all repositories of a registry, all pages (`GET /v2/_catalog`, Distribution API). A registry that
 * takes no page of 1,000 is asked for pages of its own size.
 *
 * @param site how messages call the site: `the primary site`
 * @throws TransportError when the list cannot be read to its end; AuthError when no token could be had
 */
export async function listCatalog(
  client: RegistryClient,
  site: string,
  signal?: AbortSignal,
): Promise<CatalogListing> {
  const listing = await readCatalog(client, `v2/_catalog?n=${PAGE_SIZE}`, site, signal);
  const isTooMany = listing.kind === 'refused' && listing.refusal.code === 'PAGINATION_NUMBER_INVALID';
  return isTooMany ? readCatalog(client, 'v2/_catalog', site, signal) : listing;
}

/**
 * Whether the catalog may be read, by asking for its first entry only: null when it may.
 *
 * @throws TransportError when no answer came; AuthError when no token could be had
 */
export async function catalogRefusal(client: RegistryClient, signal?: AbortSignal): Promise<Refusal | null> {
  const about = { purpose: 'ask for the catalog', scopes: [CATALOG_SCOPE], signal };
  for await (const page of readPages(client, 'v2/_catalog?n=1', about)) {
    return 'refused' in page ? page.refused : null;
  }
  return null;
}

async function readCatalog(
  client: RegistryClient,
  first: string,
  site: string,
  signal: AbortSignal | undefined,
): Promise<CatalogListing> {
  const purpose = `list the repositories of ${site}`;
  const paths = new Set<string>();
  const illegal = new Set<string>();
  let stale = false;
  for await (const page of readPages(client, first, { purpose, scopes: [CATALOG_SCOPE], signal })) {
    if ('refused' in page) return { kind: 'refused', refusal: page.refused };
    // An empty last page is legal; going on after a page that brought nothing is a circle under changing links.
    if (stale) throw unexpectedShape(purpose, 'pages that go on: a further page brought no new repository');
    const before = paths.size + illegal.size;
    for (const path of repositoriesOf(page.body, purpose)) {
      // What would have to be lower-cased or trimmed first is not what the registry calls it.
      if (typeof path === 'string' && parseRepositoryPath(path) === path) paths.add(path);
      else illegal.add(String(path));
    }
    stale = paths.size + illegal.size === before;
  }
  return { kind: 'listed', paths: [...paths], illegal: [...illegal] };
}

function repositoriesOf(body: unknown, purpose: string): unknown[] {
  const repositories = (body as { repositories?: unknown } | null)?.repositories;
  if (repositories === null) return [];
  if (!Array.isArray(repositories)) throw unexpectedShape(purpose, '{"repositories": […]}');
  return repositories;
}
