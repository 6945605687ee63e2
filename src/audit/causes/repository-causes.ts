import type { List } from '../../core/list.ts';
import { type CauseEvidence, NAMED_TAGS } from '../../report/cause-evidence.ts';
import { CAUSES, type CauseCode } from '../../report/causes.ts';
import { type RepositoryReport, SITES, type Site } from '../../report/report.ts';
import type { RepositorySnapshot } from '../../report/snapshot.ts';
import type { TagReport } from '../../report/tag-report.ts';
import type { TagTally } from '../tag-tally.ts';
import { readingWords, tagWords } from './reading-words.ts';

type Found = Omit<CauseEvidence, 'code'>;

/** What is known of the sites beside their answers. */
export interface KnownOfSites {
  /** Whether the sites have the GitLab v1 API; null where that is not known. */
  readonly gitlabV1?: Readonly<Record<Site, boolean | null>>;
  /** Sites that were asked with a credential. */
  readonly authenticated?: Readonly<Record<Site, boolean>>;
}

/**
 * The causes of a repository's verdict with what they rest on: those of its tags, and those that only the whole
 * shows; in the catalogue's order.
 */
export function repositoryCauses(
  report: RepositoryReport,
  tally: TagTally,
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
  { gitlabV1, authenticated }: KnownOfSites = {},
): CauseEvidence[] {
  const found = ofTally(tally, report.tags);
  const add = (code: CauseCode, evidence: readonly Found[]) => {
    if (evidence.length > 0) found.set(code, [...(found.get(code) ?? []), ...evidence]);
  };
  const snapshots = { primary, secondary };
  for (const site of SITES) {
    add('EMPTY_IS_ERROR', refusedList(site, snapshots[site]));
    add('TOKEN_REFUSED', refusedToken(snapshots[site], site, authenticated?.[site] ?? false));
    add('TAG_LIST_TRUNCATED', truncatedList(site, snapshots[site]));
    add('CHECKSUM_STALE', staleChecksum(site, report));
  }
  add('CLIENT_PATH_ASYMMETRY', asymmetry(report, primary, secondary, gitlabV1));
  add('CHECKSUM_COLLISION', collision(report, tally));
  add('SYNC_WOULD_DELETE_SIBLING', endangeredTags(report));
  return Object.keys(CAUSES).flatMap((code) => (found.get(code) ?? []).map((one) => ({ code, ...one })));
}

/** What each code of a tag rests on, with the first tag's answers as the example. */
function ofTally({ byCause }: TagTally, tags: List<TagReport>): Map<string, Found[]> {
  const examples = new Set([...byCause.values()].map(({ names }) => names[0]));
  const words = new Map<string, string>();
  for (const tag of examples.size === 0 ? [] : tags) {
    if (examples.has(tag.name)) words.set(tag.name, tagWords(tag));
    if (words.size === examples.size) break;
  }
  const found = new Map<string, Found[]>();
  for (const [code, { count, names }] of byCause)
    found.set(code, [{ count, tags: names, detail: words.get(names[0] ?? '') ?? '' }]);
  return found;
}

function ofTags(tags: readonly TagReport[]): Found {
  const [first] = tags;
  return {
    count: tags.length,
    tags: tags.slice(0, NAMED_TAGS).map(({ name }) => name),
    detail: first === undefined ? '' : tagWords(first),
  };
}

/** The site answered the tag list with a refusal, which the verifier cannot tell from "no tags". */
function refusedList(site: Site, { present, errors }: RepositorySnapshot): Found[] {
  if (present !== null) return [];
  const refusal = errors.find(({ status }) => status !== null && status >= 400);
  return refusal === undefined ? [] : [ofError(site, refusal)];
}

/** A registry names an error in its challenge only to who came with a token (RFC 6750, section 3.1). */
function refusedToken({ errors }: RepositorySnapshot, site: Site, authenticated: boolean): Found[] {
  const refusal = errors.find(
    ({ code, status, message }) =>
      (code === 'AUTH_REFUSED' && status !== null) ||
      (status === 401 && authenticated) ||
      ((status === 401 || status === 403) &&
        /challenge error="(invalid_token|insufficient_scope)"$/.test(message)),
  );
  return refusal === undefined ? [] : [ofError(site, refusal)];
}

function ofError(site: Site, { status, code, message, tags }: RepositorySnapshot['errors'][number]): Found {
  return {
    site,
    count: tags?.length ?? 0,
    tags: (tags ?? []).slice(0, NAMED_TAGS),
    detail: `${status === null ? '' : `HTTP ${status} `}${code}: ${message}`,
  };
}

/** The site has more tags than the page that the verifier reads. */
function truncatedList(site: Site, { firstPage, tags, listed = tags.length }: RepositorySnapshot): Found[] {
  if (firstPage === null || firstPage >= listed) return [];
  const detail = `tags/list?n=10000 gives ${firstPage} tags in its first page and ${listed} in all`;
  return [{ site, count: 0, tags: [], detail }];
}

/** What Geo has stored is none of the checksums that the site has now; claimed only where those are known. */
function staleChecksum(site: Site, { storedChecksums, checksums }: RepositoryReport): Found[] {
  const stored = storedChecksums?.[site] ?? null;
  const { wide, narrow, gitlabV1 } = checksums;
  if (stored === null || wide[site] === null || narrow[site] === null) return [];
  if (stored === wide[site] || stored === narrow[site] || stored === gitlabV1[site]) return [];
  const v1 = gitlabV1[site] === null ? '' : `, gitlab-v1 ${gitlabV1[site]}`;
  const detail = `stored ${stored}, live wide ${wide[site]}, narrow ${narrow[site]}${v1}`;
  return [{ site, count: 0, tags: [], detail }];
}

/** One site can be read by the GitLab v1 API, the other not, and for some tag the two ways do not agree. */
function asymmetry(
  report: RepositoryReport,
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
  gitlabV1: KnownOfSites['gitlabV1'],
): Found[] {
  if ((primary.gitlabV1 === null) === (secondary.gitlabV1 === null)) return [];
  const listed = new Map(primary.gitlabV1 ?? secondary.gitlabV1 ?? []);
  const [one, other]: readonly Site[] = primary.gitlabV1 === null ? ['secondary', 'primary'] : SITES;
  // A listing that was not read is not yet an API that is not there: only the site's own word for it counts.
  if (one === undefined || other === undefined || gitlabV1?.[other] !== false) return [];
  const tags = report.tags.filter((tag) => {
    const reading = tag[other];
    if (reading.state === 'absent' || reading.narrow === null || tag.status !== 'MATCH') return false;
    const digest = listed.get(tag.name);
    return digest !== undefined && digest !== reading.narrow.digest;
  });
  const [first] = tags;
  if (first === undefined) return [];
  const detail = `${first.name}: the v1 API of the ${one} gives ${listed.get(first.name) ?? 'no digest'}, the ${other} has no v1 API and ${readingWords(first[other])}`;
  return [{ ...ofTags(tags), detail }];
}

/** Equal sums over different tuples; a filter hides tags, so only what is shown can be accused. */
function collision(
  { checksums: { wide, narrow }, counts, tags }: RepositoryReport,
  { narrowDifferences }: TagTally,
): Found[] {
  const differing =
    wide.equal === true && counts.MATCH + counts.UNRESOLVABLE < counts.total
      ? tags.filter(({ status }) => status !== 'MATCH' && status !== 'UNRESOLVABLE')
      : [];
  if (differing.length > 0) return [collided('wide', wide.primary, differing)];
  const narrowly =
    narrow.equal === true && narrowDifferences > 0
      ? tags.filter(({ narrowStatus }) => narrowStatus !== null && narrowStatus !== 'MATCH')
      : [];
  return narrowly.length === 0 ? [] : [collided('narrow', narrow.primary, narrowly)];
}

function collided(profile: string, checksum: string | null, tags: readonly TagReport[]): Found {
  const found = ofTags(tags);
  return { ...found, detail: `${profile} checksums are both ${checksum}; ${found.detail}` };
}

function endangeredTags({ forecast }: RepositoryReport): Found[] {
  const [first] = forecast?.endangered ?? [];
  if (forecast === undefined || first === undefined) return [];
  const names = forecast.endangered.flatMap(({ tags }) => tags.tags).slice(0, NAMED_TAGS);
  const readers = first.readings.join(' or ');
  return [
    {
      site: 'secondary',
      count: forecast.endangeredTags,
      tags: names,
      detail: `a sync that reads ${readers} deletes ${first.digest} for the sake of ${nameSome(first.deletedFor)}; ${nameSome(first.tags)} ${first.tags.count === 1 ? 'matches and has' : 'match and have'} that digest too`,
    },
  ];
}

function nameSome({ count, tags }: { readonly count: number; readonly tags: readonly string[] }): string {
  const named = tags.slice(0, NAMED_TAGS);
  const more = count - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
