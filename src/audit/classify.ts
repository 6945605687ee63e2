import { type List, lazyList } from '../core/list.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { addEvidence } from '../report/add-evidence.ts';
import type {
  RepositoryChecksums,
  RepositoryPart,
  RepositoryReport,
  Site,
  SiteError,
  Verdict,
} from '../report/report.ts';
import type { RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';
import { type KnownOfSites, repositoryCauses } from './causes/repository-causes.ts';
import { createForecast } from './forecast.ts';
import { checksumsOf, NO_CHECKSUMS } from './site-checksums.ts';
import { createTagTally } from './tag-tally.ts';
import { nextOf, reportsOf, timeless } from './tag-verdicts.ts';

export interface ClassifyOptions extends KnownOfSites {
  /** Which tags are shown, counted and planned for; checksums are over all tags whatever it says. */
  readonly isShown?: (tag: string) => boolean;
  /** Tags that answered otherwise after the settle pause. */
  readonly unstable?: ReadonlySet<string>;
  /** What Geo thinks of the repositories, where the user gave it. */
  readonly geo?: GeoRegistry;
  /** The snapshots hold a part of the tags only, the `index`th of `count`. */
  readonly part?: { readonly index: number; readonly count: number };
}

/**
 * The verdicts of one repository from what both sites gave: a pure function, the same for a live scan and for
 * two snapshot files.
 *
 * A tag that a site failed to read, or any tag of a site whose list could not be read, gets no verdict: the
 * repository is INCOMPLETE and its errors say why.
 */
export function classifyRepository(
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
  options: ClassifyOptions = {},
): RepositoryReport {
  const { part, isShown = () => true, unstable } = options;
  const tally = createTagTally();
  const forecast = createForecast();
  const sound = [timeless(primary), timeless(secondary)] as const;
  let total = 0;
  for (const tag of reportsOf(...sound, unstable)) {
    total++;
    // The sync knows no filter.
    forecast.add(tag);
    if (isShown(tag.name)) tally.add(tag);
  }
  const { counts } = tally;
  const isFiltered = counts.total < total;
  const tags = lazyList(counts.total, function* () {
    for (const tag of reportsOf(primary, secondary, unstable))
      if (!isFiltered || isShown(tag.name)) yield tag;
  });
  const errors = [...siteErrors('primary', primary), ...siteErrors('secondary', secondary)];
  if (primary.present === false && secondary.present === false) {
    for (const error of unknownOnBoth(primary.path)) errors.push(error);
  }
  const sums = part === undefined ? checksumsOf(...sound) : NO_CHECKSUMS;
  const report: RepositoryReport = {
    path: primary.path,
    ...(part && { part: { ...part, primary: partOfSite(sound[0]), secondary: partOfSite(sound[1]) } }),
    verdict: verdictOf(errors, tally.hasFinding, sums),
    presence: { primary: primary.present, secondary: secondary.present },
    ...storedChecksums(primary, secondary),
    errors,
    checksums: sums,
    counts,
    causes: [],
    ...geoOpinion(primary.path, options.geo),
    // Where a site's tags were not listed, or some not read, the sync could do anything.
    ...(part === undefined &&
      isWhole(primary, secondary) && {
        forecast: forecast.result(lazyList(total, () => reportsOf(...sound, unstable))),
      }),
    tags,
  };
  return addEvidence(report, repositoryCauses(report, tally, primary, secondary, options));
}

/** What `merge` needs of a site to put the whole together again. */
function partOfSite({
  tags,
  listed,
  firstPage,
  complete,
  gitlabV1,
}: RepositorySnapshot): RepositoryPart[Site] {
  return {
    listed: listed ?? tags.length,
    firstPage,
    complete,
    gitlabV1: gitlabV1 && tuplesOfPart(tags, gitlabV1),
  };
}

function tuplesOfPart(
  tags: List<TagEntry>,
  tuples: NonNullable<RepositorySnapshot['gitlabV1']>,
): NonNullable<RepositoryPart[Site]['gitlabV1']> {
  const entries = tags[Symbol.iterator]();
  const isSame = ([name, digest]: readonly [string, string | null]) => {
    const entry = nextOf(entries);
    return entry?.name === name && entry.reading.digest === digest;
  };
  if (tags.length === tuples.length && tuples.every(isSame)) return 'as read';
  return tuples.map(([name, digest]): TagTuple => [name, digest]);
}

function geoOpinion(path: string, registry?: GeoRegistry): Pick<RepositoryReport, 'geo'> {
  const record = registry?.get(path);
  return record === undefined ? {} : { geo: record.state };
}

/** Both sites were listed, and every tag has a verdict. */
function isWhole(primary: RepositorySnapshot, secondary: RepositorySnapshot): boolean {
  return (
    primary.present !== null && secondary.present !== null && primary.complete.wide && secondary.complete.wide
  );
}

function siteErrors(site: Site, snapshot: RepositorySnapshot): SiteError[] {
  return snapshot.errors.map(({ tags, ...error }) => ({
    site,
    ...error,
    ...(tags !== undefined && { tags: [...tags] }),
  }));
}

/** A path that neither site knows is more likely a typing mistake than two empty repositories: never "in sync". */
function unknownOnBoth(path: string): SiteError[] {
  return (['primary', 'secondary'] as const).map((site) => ({
    site,
    code: 'NAME_UNKNOWN',
    status: 404,
    message: `${site} does not know the repository ${path}, and neither does the other site`,
    hint: 'Check the path: group/project, or group/project/image.',
  }));
}

/** Present only where the user gave one, so that a report without them looks as it always did. */
function storedChecksums(
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
): Pick<RepositoryReport, 'storedChecksums'> {
  const stored = { primary: primary.storedChecksum ?? null, secondary: secondary.storedChecksum ?? null };
  return stored.primary === null && stored.secondary === null ? {} : { storedChecksums: stored };
}

function verdictOf(errors: readonly SiteError[], hasFinding: boolean, sums: RepositoryChecksums): Verdict {
  if (errors.length > 0) return 'INCOMPLETE';
  const differ = Object.values(sums).some((pair) => pair.equal === false);
  return differ || hasFinding ? 'OUT-OF-SYNC' : 'IN-SYNC';
}
