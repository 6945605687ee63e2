import { compareBytes } from '../core/byte-order.ts';
import type { List } from '../core/list.ts';
import type { ListedTag } from '../core/tag-reading.ts';
import { UsageError } from '../errors.ts';
import type { RepositoryPart, RepositoryReport, Site, SiteError } from '../report/report.ts';
import type { ReadError, RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import type { KnownOfSites } from './causes/repository-causes.ts';
import { classifyRepository } from './classify.ts';
import { MOST_EXPLANATIONS, withoutWords } from './explain-refusals.ts';
import { createReadingPool, type ReadingPool } from './reading-pool.ts';
import { createTagColumns } from './tag-columns.ts';

/**
 * One repository from the reports of the runs that each read a part of its tags: what one run would have said that
 * read them all, checksums and causes of the whole included.
 *
 * @throws UsageError when a part is missing, or two are not of one split
 */
export function joinParts(reports: readonly RepositoryReport[], known: KnownOfSites): RepositoryReport {
  const [first] = reports;
  if (first === undefined) throw new UsageError('no part of a repository to join');
  const parts = partsOf(reports);
  const pool = createReadingPool();
  const unstable = new Set(
    reports.flatMap(({ tags }) => tags.filter((tag) => tag.unstable).map(({ name }) => name)),
  );
  const { path, geo } = first;
  return classifyRepository(
    snapshotOf('primary', reports, parts, pool),
    snapshotOf('secondary', reports, parts, pool),
    {
      ...known,
      ...(unstable.size > 0 && { unstable }),
      ...(geo && { geo: new Map([[path, { state: geo, checksums: {} }]]) }),
    },
  );
}

/** The parts' own accounts, which must be one of each. */
function partsOf(reports: readonly RepositoryReport[]): RepositoryPart[] {
  const parts = reports.flatMap(({ part }) => (part === undefined ? [] : [part]));
  const path = reports[0]?.path ?? '';
  const count = parts[0]?.count ?? 0;
  if (parts.length !== reports.length || parts.some((part) => part.count !== count))
    throw new UsageError(`${path} is in reports of different splits: they cannot be joined`);
  const there = new Set(parts.map(({ index }) => index));
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((index) => !there.has(index));
  if (missing.length > 0) {
    throw new UsageError(`${path}: part ${missing.join(', ')} of ${count} is missing`, {
      hint: 'Give the reports of all shards: without one nothing can be said of the whole.',
    });
  }
  return parts;
}

function snapshotOf(
  site: Site,
  reports: readonly RepositoryReport[],
  parts: readonly RepositoryPart[],
  pool: ReadingPool,
): RepositorySnapshot {
  const columns = createTagColumns(pool);
  for (const { tags } of reports)
    for (const tag of tags) {
      const reading = tag[site];
      if (reading.state !== 'absent') columns.add(tag.name, reading);
    }
  const tags = withFewWords(columns.list(), pool);
  const ofSite = parts.map((part) => part[site]);
  const presences = reports.map(({ presence }) => presence[site]);
  const stored = reports[0]?.storedChecksums?.[site] ?? null;
  const isListed = presences.every((presence) => presence !== null);
  // Of a tag that the other site failed to read, the part's report does not hold what this one read either.
  const isWhole = isListed && !reports.some(lacksTags);
  return {
    path: reports[0]?.path ?? '',
    present: presences.includes(true) ? true : isListed ? false : null,
    tags,
    errors: joinErrors(reports.flatMap((report) => errorsAt(site, report))),
    complete: {
      wide: isWhole && ofSite.every(({ complete }) => complete.wide),
      narrow: isWhole && ofSite.every(({ complete }) => complete.narrow),
    },
    firstPage: firstPageOf(ofSite, tags.length),
    gitlabV1: tuplesOf(ofSite, reports, site),
    ...(stored !== null && { storedChecksum: stored }),
  };
}

/** Whether a site listed tags that got no verdict, so that the report has no reading of them. */
function lacksTags({ presence, errors, tags }: RepositoryReport): boolean {
  if (presence.primary === null || presence.secondary === null) return true;
  const unread = new Set(errors.flatMap((error) => error.tags ?? []));
  if (unread.size === 0) return false;
  for (const { name } of tags) unread.delete(name);
  return unread.size > 0;
}

type SitePart = RepositoryPart[Site];

/** Each part saw the whole list; tags that came between two of them must not look like a second page. */
function firstPageOf(parts: readonly SitePart[], tags: number): number | null {
  const pages = parts.flatMap(({ firstPage }) => (firstPage === null ? [] : [firstPage]));
  if (pages.length < parts.length) return null;
  const cut = parts.flatMap(({ firstPage, listed }) =>
    firstPage !== null && firstPage < listed ? [firstPage] : [],
  );
  return cut.length === 0 ? tags : Math.min(...cut);
}

/** The v1 listing of all parts; null when one could not be read. */
function tuplesOf(
  parts: readonly SitePart[],
  reports: readonly RepositoryReport[],
  site: Site,
): RepositorySnapshot['gitlabV1'] {
  const tuples: (readonly [string, string | null])[] = [];
  for (const [at, { gitlabV1 }] of parts.entries()) {
    const report = reports[at];
    if (gitlabV1 === null || report === undefined) return null;
    if (gitlabV1 === 'as read') {
      if (lacksTags(report)) return null;
      for (const { name, [site]: reading } of report.tags)
        if (reading.state !== 'absent') tuples.push([name, reading.digest]);
    } else for (const tuple of gitlabV1) tuples.push(tuple);
  }
  return tuples.sort(([a], [b]) => compareBytes(a, b));
}

/** What a site failed to give; that neither knows the repository follows from the presence, and is said again. */
function errorsAt(site: Site, { presence, errors }: RepositoryReport): SiteError[] {
  const isNowhere = presence.primary === false && presence.secondary === false;
  return errors.filter((error) => error.site === site && !(isNowhere && error.code === 'NAME_UNKNOWN'));
}

/** Failures that differ only in their tags are one, as within one run. */
function joinErrors(errors: readonly SiteError[]): ReadError[] {
  const joined = new Map<string, ReadError & { tags?: string[] }>();
  for (const { site: _, tags, ...error } of errors) {
    const key = JSON.stringify([error.code, error.status, tags === undefined ? error.message : '']);
    const known = joined.get(key);
    if (known === undefined) joined.set(key, { ...error, ...(tags && { tags: [...tags] }) });
    else if (tags !== undefined) known.tags = [...(known.tags ?? []), ...tags];
  }
  return [...joined.values()].map(({ tags, ...error }) =>
    tags === undefined ? error : { ...error, tags: tags.sort(compareBytes) },
  );
}

/**
 * Each part asked for the registry's words by itself; of the whole the first tags of a status keep them, which are
 * among the first of their parts.
 */
function withFewWords(tags: List<TagEntry>, pool: ReadingPool): List<TagEntry> {
  const worded = new Map<number | null, number>();
  const wordedNarrowly = new Set<number | null>();
  const columns = createTagColumns(pool);
  for (const { name, reading } of tags) columns.add(name, fewer(reading));

  function fewer(reading: ListedTag): ListedTag {
    if (reading.state === 'unresolvable') {
      const before = worded.get(reading.status) ?? 0;
      worded.set(reading.status, before + 1);
      return before < MOST_EXPLANATIONS ? reading : withoutWords(reading);
    }
    const { narrow } = reading;
    if (narrow?.reason === undefined) return reading;
    if (!wordedNarrowly.has(narrow.status)) {
      wordedNarrowly.add(narrow.status);
      return reading;
    }
    const { reason: _, ...unworded } = narrow;
    return { ...reading, narrow: unworded };
  }
  return columns.list();
}
