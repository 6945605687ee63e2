import { compareBytes } from '../core/byte-order.ts';
import { hasGitlabV1 } from '../report/has-gitlab-v1.ts';
import type { Report, RepositoryReport, Site } from '../report/report.ts';
import type { KnownOfSites } from './causes/repository-causes.ts';
import { isCredential } from './compare-snapshots.ts';
import { joinParts } from './join-parts.ts';

/**
 * The repositories of several reports as one: those that several runs read a part of each are joined, the others
 * stay as they are. Sorted by path.
 *
 * @throws what `joinParts` throws
 */
export function joinShards(
  repositories: readonly RepositoryReport[],
  { sites, options }: { readonly sites: Report['sites']; readonly options: Report['run']['options'] },
): RepositoryReport[] {
  const byPath = new Map<string, RepositoryReport[]>();
  for (const repository of repositories) {
    const same = byPath.get(repository.path);
    if (same === undefined) byPath.set(repository.path, [repository]);
    else same.push(repository);
  }
  const known = knownOf(sites, options);
  const joined = [...byPath.values()].flatMap((same) =>
    same.every(({ part }) => part === undefined) ? same : [joinParts(same, known)],
  );
  return joined.sort((a, b) => compareBytes(a.path, b.path));
}

function knownOf(sites: Report['sites'], options: Report['run']['options']): KnownOfSites {
  const given =
    typeof options.credentials === 'object' && options.credentials !== null ? options.credentials : {};
  const credentials: Partial<Record<Site, unknown>> = { ...given };
  const ofSite = (site: Site) => site in credentials && isCredential(credentials[site]);
  return {
    gitlabV1: { primary: hasGitlabV1(sites.primary), secondary: hasGitlabV1(sites.secondary) },
    authenticated: { primary: ofSite('primary'), secondary: ofSite('secondary') },
  };
}
