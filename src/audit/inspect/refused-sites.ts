import type { Inspection } from '../../report/inspection.ts';
import { SITES, type Site } from '../../report/report.ts';
import { identifySite, type SiteConnection } from '../identify-site.ts';

/**
 * The sites that refuse the credential as a whole, as a scan understands it: the reference could not be read for want
 * of a right, and `/v2/` is refused as well. One that lets us in and keeps a repository to itself is not among them.
 */
export async function refusedSites(
  connections: Readonly<Record<Site, SiteConnection>>,
  { sites }: Inspection,
  signal?: AbortSignal,
): Promise<Site[]> {
  const suspects = SITES.filter(
    (site) =>
      sites[site].state === 'failed' &&
      sites[site].errors.some(
        ({ code, status }) => code === 'AUTH_REFUSED' || status === 401 || status === 403,
      ),
  );
  const identified = await Promise.all(
    suspects.map(async (site) => ({
      site,
      refused: (await identifySite(connections[site], signal)).refused,
    })),
  );
  return identified.flatMap(({ site, refused }) => (refused === null ? [] : [site]));
}
