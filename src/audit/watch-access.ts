import { SITES, type Site } from '../report/report.ts';
import type { RepositorySnapshot } from '../report/snapshot.ts';
import type { IdentifiedSite } from './identify-site.ts';
import type { SnapshotPair } from './settle.ts';

/** A site that refused this many repositories and gave none is not asked for more. */
const MOST_REFUSALS = 20;

/** Watches whether sites let themselves be read at all. */
export interface AccessWatch {
  /** Sites that are not asked any more. */
  readonly refused: ReadonlySet<Site>;
  note(pair: SnapshotPair): void;
  /** Each site has given a repository, or has had chances enough. */
  isProven(): boolean;
  /** Sites that refused at least once, as a site that wants a credential does, and gave nothing. */
  refusedAsAWhole(): Site[];
}

export function watchAccess(sites: Readonly<Record<Site, IdentifiedSite>>): AccessWatch {
  const refused = new Set<Site>();
  const readable = new Set<Site>();
  const refusals: Record<Site, number> = { primary: 0, secondary: 0 };
  let noted = 0;
  return {
    refused,
    note(pair) {
      noted++;
      for (const site of SITES) {
        if (pair[site].present !== null) readable.add(site);
        else if (isRefusedAsAWhole(sites[site], pair[site])) refusals[site]++;
        // A registry that wants a credential for /v2/ may still have public repositories: not one refusal, but this
        // many without a single success mean that going on would only annoy it.
        if (refusals[site] >= MOST_REFUSALS && !readable.has(site)) refused.add(site);
      }
    },
    isProven: () => SITES.every((site) => readable.has(site)) || noted >= MOST_REFUSALS,
    refusedAsAWhole: () => SITES.filter((site) => refusals[site] > 0 && !readable.has(site)),
  };
}

function isRefusedAsAWhole(site: IdentifiedSite, { present, errors }: RepositorySnapshot): boolean {
  if (site.refused === null || present !== null) return false;
  return errors.some(({ status, code }) => status === 401 || status === 403 || code === 'AUTH_REFUSED');
}
