import { CAUSES, type CauseCode } from '../../report/causes.ts';
import type { RepositoryReport, Site } from '../../report/report.ts';
import type { RepositorySnapshot } from '../../report/snapshot.ts';

/**
 * The causes of a repository's verdict: those of its tags, and those that only the whole shows; in the
 * catalogue's order.
 */
export function repositoryCauses(
  report: RepositoryReport,
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
  gitlabV1?: Readonly<Record<Site, boolean>>,
): CauseCode[] {
  const found = new Set<string>(report.tags.flatMap((tag) => tag.causes));
  const { wide, narrow } = report.checksums;
  if (readsAsEmpty(primary) || readsAsEmpty(secondary)) found.add('EMPTY_IS_ERROR');
  if (isTruncated(primary) || isTruncated(secondary)) found.add('TAG_LIST_TRUNCATED');
  if (!(gitlabV1?.primary && gitlabV1.secondary) && isAsymmetric(report, primary, secondary))
    found.add('CLIENT_PATH_ASYMMETRY');
  if (isStale(report, 'primary') || isStale(report, 'secondary')) found.add('CHECKSUM_STALE');
  // Equal sums over different tuples; a filter hides tags, so only what is shown can be accused.
  if (
    wide.equal === true &&
    report.tags.some((tag) => tag.status !== 'MATCH' && tag.status !== 'UNRESOLVABLE')
  ) {
    found.add('CHECKSUM_COLLISION');
  } else if (
    narrow.equal === true &&
    report.tags.some((tag) => tag.narrowStatus !== null && tag.narrowStatus !== 'MATCH')
  ) {
    found.add('CHECKSUM_COLLISION');
  }
  return (Object.keys(CAUSES) as CauseCode[]).filter((code) => found.has(code));
}

/** What Geo has stored is none of the checksums that the site has now; claimed only where those are known. */
function isStale({ storedChecksums, checksums }: RepositoryReport, site: Site): boolean {
  const stored = storedChecksums?.[site] ?? null;
  const { wide, narrow, gitlabV1 } = checksums;
  if (stored === null || wide[site] === null || narrow[site] === null) return false;
  return stored !== wide[site] && stored !== narrow[site] && stored !== gitlabV1[site];
}

/** The site answered the tag list with a refusal, which the verifier cannot tell from "no tags". */
function readsAsEmpty({ present, errors }: RepositorySnapshot): boolean {
  return present === null && errors.some(({ status }) => status !== null && status >= 400);
}

/** The site has more tags than the page that the verifier reads. */
function isTruncated({ firstPage, tags }: RepositorySnapshot): boolean {
  return firstPage !== null && firstPage < tags.length;
}

/** One site can be read by the GitLab v1 API, the other not, and for some tag the two ways do not agree. */
function isAsymmetric(
  report: RepositoryReport,
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
): boolean {
  if ((primary.gitlabV1 === null) === (secondary.gitlabV1 === null)) return false;
  const listed = new Map(primary.gitlabV1 ?? secondary.gitlabV1 ?? []);
  const other = primary.gitlabV1 === null ? 'primary' : 'secondary';
  return report.tags.some((tag) => {
    const reading = tag[other];
    if (reading.state === 'absent' || reading.narrow === null || tag.status !== 'MATCH') return false;
    const digest = listed.get(tag.name);
    return digest !== undefined && digest !== reading.narrow.digest;
  });
}
