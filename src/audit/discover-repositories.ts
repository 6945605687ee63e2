import { compareBytes } from '../core/byte-order.ts';
import { AuditError, AuthError, TransportError } from '../errors.ts';
import type { GitlabClient } from '../gitlab/gitlab-client.ts';
import { type GitlabSource, listGitlabRepositories } from '../gitlab/list-repositories.ts';
import { listCatalog } from '../registry/catalog.ts';
import type { RegistryClient } from '../registry/registry-client.ts';

/** Where repositories are looked for, besides those that are named. */
export interface DiscoverySources {
  /** Sites whose catalogs are read whole; the union counts. */
  readonly catalogs: ReadonlyArray<{
    /** How messages call it: `the primary site`. */
    readonly site: string;
    readonly client: RegistryClient;
  }>;
  readonly gitlab: { readonly client: GitlabClient; readonly sources: readonly GitlabSource[] } | null;
}

/**
 * The union of named repositories, the sites' catalogs and GitLab's lists: sorted by bytes, each once. What no
 * repository can be called is among them, so that it is told as unread and not left out. A list that cannot be read
 * to its end ends the run: half of the repositories would look like all of them.
 *
 * @throws AuthError when a site or GitLab refuses; TransportError or AuditError when a list cannot be read, or
 *   nothing is found at all
 */
export async function discoverRepositories(
  named: readonly string[],
  { catalogs, gitlab }: DiscoverySources,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const paths = new Set(named);
  const lists = await Promise.all([
    ...catalogs.map(async ({ site, client }) => ({
      where: `the catalog of ${site}`,
      ...(await catalogOf(site, client, signal)),
    })),
    ...gitlabLists(gitlab, signal),
  ]);
  for (const list of lists) {
    for (const path of [...list.paths, ...list.illegal]) paths.add(path);
  }
  if (paths.size === 0) {
    throw new AuditError(
      'PROTOCOL',
      `no repository was found in ${lists.map(({ where }) => where).join(', ')}`,
      {
        hint: 'Check that the credential may see them: an empty list is also what a user without rights gets.',
      },
    );
  }
  return [...paths].sort(compareBytes);
}

function gitlabLists(gitlab: DiscoverySources['gitlab'], signal: AbortSignal | undefined) {
  if (gitlab === null) return [];
  return gitlab.sources.map(async (source) => ({
    where: `GitLab, ${source.kind} ${source.id}`,
    ...(await listGitlabRepositories(gitlab.client, source, signal)),
  }));
}

async function catalogOf(site: string, client: RegistryClient, signal: AbortSignal | undefined) {
  const listing = await listCatalog(client, site, signal);
  if (listing.kind === 'listed') return listing;
  const { status, message } = listing.refusal;
  const text = `could not list the repositories of ${site}: ${message}`;
  if (status === 401 || status === 403) {
    throw new AuthError(text, {
      hint: 'The credential may not read the catalog (registry:catalog:*): use the signing key, or name repositories by --repositories-from or --gitlab-url.',
    });
  }
  throw new TransportError('PROTOCOL', text, {
    hint: 'Without its catalog a site cannot be scanned by --all: name repositories, or use --gitlab-url.',
  });
}
