import { compareBytes } from '../core/byte-order.ts';
import { type List, lazyList, mapList } from '../core/list.ts';
import { ABSENT, type TagReading } from '../core/tag-reading.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { addEvidence } from '../report/add-evidence.ts';
import type {
  ChecksumPair,
  NarrowStatus,
  RepositoryChecksums,
  RepositoryPart,
  RepositoryReport,
  Site,
  SiteError,
  Status,
  TagReport,
  Verdict,
} from '../report/report.ts';
import type { RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import { narrowTuple, wideTuple } from '../verifier/profiles.ts';
import { repositoryChecksum, type TagTuple } from '../verifier/repository-checksum.ts';
import { type KnownOfSites, repositoryCauses } from './causes/repository-causes.ts';
import { tagCauses } from './causes/tag-causes.ts';
import { createForecast } from './forecast.ts';
import { withoutTimes } from './tag-columns.ts';
import { createTagTally } from './tag-tally.ts';

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
  if (primary.present === false && secondary.present === false) errors.push(...unknownOnBoth(primary.path));
  const sums = part === undefined ? checksums(...sound) : NO_CHECKSUMS;
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

/** A snapshot whose tags are walked with less work, for all that does not ask when they were pushed. */
function timeless(snapshot: RepositorySnapshot): RepositorySnapshot {
  return { ...snapshot, tags: withoutTimes(snapshot.tags) };
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

/** The names of tags that are not equal on both sites. */
export function differingNames(primary: RepositorySnapshot, secondary: RepositorySnapshot): Set<string> {
  const names = new Set<string>();
  for (const pair of pairTags(timeless(primary), timeless(secondary)))
    if (statusOf(pair.primary, pair.secondary) !== 'MATCH') names.add(pair.name);
  return names;
}

/** The verdict on a tag from its two readings. */
export function statusOf(primary: TagReading, secondary: TagReading): Status {
  if (primary.state === 'unresolvable' || secondary.state === 'unresolvable') return 'UNRESOLVABLE';
  if (secondary.state === 'absent') return 'PRIMARY-ONLY';
  if (primary.state === 'absent') return 'SECONDARY-ONLY';
  return primary.digest === secondary.digest ? 'MATCH' : 'MISMATCH';
}

/** What a site reading narrowly concludes: digests compared, nil equal to nil. null when one was not read. */
export function narrowStatusOf(primary: TagReading, secondary: TagReading): NarrowStatus | null {
  if (secondary.state === 'absent')
    return primary.state === 'absent' || primary.narrow === null ? null : 'PRIMARY-ONLY';
  if (primary.state === 'absent') return secondary.narrow === null ? null : 'SECONDARY-ONLY';
  if (primary.narrow === null || secondary.narrow === null) return null;
  return primary.narrow.digest === secondary.narrow.digest ? 'MATCH' : 'MISMATCH';
}

/** A tag with what each site answered for it. */
export interface TagPair {
  readonly name: string;
  readonly primary: TagReading;
  readonly secondary: TagReading;
}

/** The tags of a repository with their verdicts, made as they are walked: two snapshots are all that is kept. */
function* reportsOf(
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
  unstable?: ReadonlySet<string>,
): Generator<TagReport> {
  for (const pair of pairTags(primary, secondary)) yield tagReport(pair, unstable?.has(pair.name) ?? false);
}

/** The verdict on one tag, with its causes: all that a report says of it follows from the two readings. */
export function tagReport({ name, primary, secondary }: TagPair, unstable: boolean): TagReport {
  const status = statusOf(primary, secondary);
  const narrowStatus = narrowStatusOf(primary, secondary);
  const tag: TagReport = {
    name,
    status,
    primary,
    secondary,
    narrowStatus,
    silentlySkipped: narrowStatus === null ? null : narrowStatus === 'MATCH' && status !== 'MATCH',
    unstable,
    causes: [],
  };
  tag.causes = tagCauses(tag);
  return tag;
}

/** Both sites' readings by name, in byte order; tags that either site failed to read are left out. */
function* pairTags(primary: RepositorySnapshot, secondary: RepositorySnapshot): Generator<TagPair> {
  // Nothing is known about a tag on a site whose list was not read: absence there would be a guess.
  if (primary.present === null || secondary.present === null) return;
  const unread = new Set(
    [...primary.errors, ...secondary.errors].flatMap((error) => unreadTags(error, primary, secondary)),
  );
  const ofPrimary = primary.tags[Symbol.iterator]();
  const ofSecondary = secondary.tags[Symbol.iterator]();
  let left = nextOf(ofPrimary);
  let right = nextOf(ofSecondary);
  while (left !== null || right !== null) {
    const order = left === null ? 1 : right === null ? -1 : compareBytes(left.name, right.name);
    const { name } = (order <= 0 ? left : right) as TagEntry;
    if (!unread.has(name)) {
      yield {
        name,
        primary: order <= 0 && left !== null ? left.reading : ABSENT,
        secondary: order >= 0 && right !== null ? right.reading : ABSENT,
      };
    }
    if (order <= 0) left = nextOf(ofPrimary);
    if (order >= 0) right = nextOf(ofSecondary);
  }
}

function nextOf(entries: Iterator<TagEntry>): TagEntry | null {
  const { done, value } = entries.next();
  return done ? null : value;
}

/** Tags of an error that have no wide reading at that site; one whose narrow probe alone failed still has one. */
function unreadTags(
  error: RepositorySnapshot['errors'][number],
  primary: RepositorySnapshot,
  secondary: RepositorySnapshot,
): readonly string[] {
  if (error.tags === undefined) return [];
  const site = primary.errors.includes(error) ? primary : secondary;
  if (site.complete.wide) return [];
  const read = new Set(site.tags.map((tag) => tag.name));
  return error.tags.filter((tag) => !read.has(tag));
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

function checksums(primary: RepositorySnapshot, secondary: RepositorySnapshot): RepositoryChecksums {
  // What neither site knows has no checksum to compare: two sums of nothing would look like agreement.
  if (primary.present === false && secondary.present === false) {
    return NO_CHECKSUMS;
  }
  return {
    wide: pair(wideChecksum(primary), wideChecksum(secondary)),
    narrow: pair(narrowChecksum(primary), narrowChecksum(secondary)),
    gitlabV1: pair(
      primary.gitlabV1 && repositoryChecksum(primary.gitlabV1),
      secondary.gitlabV1 && repositoryChecksum(secondary.gitlabV1),
    ),
  };
}

/** A sum is of all tags or of none. */
const NO_CHECKSUMS: RepositoryChecksums = {
  wide: pair(null, null),
  narrow: pair(null, null),
  gitlabV1: pair(null, null),
};

function pair(primary: string | null, secondary: string | null): ChecksumPair {
  return { primary, secondary, equal: primary === null || secondary === null ? null : primary === secondary };
}

function wideChecksum(snapshot: RepositorySnapshot): string | null {
  if (!snapshot.complete.wide) return null;
  return repositoryChecksum(mapList(snapshot.tags, ({ name, reading }) => wideTuple(name, reading)));
}

function narrowChecksum(snapshot: RepositorySnapshot): string | null {
  if (snapshot.narrowOnly !== undefined) return repositoryChecksum(snapshot.narrowOnly);
  if (!snapshot.complete.narrow) return null;
  const tuples = mapList(snapshot.tags, ({ name, reading }) => narrowTuple(name, reading));
  return tuples.some((tuple) => tuple === null) ? null : repositoryChecksum(tuples as List<TagTuple>);
}

function verdictOf(errors: readonly SiteError[], hasFinding: boolean, sums: RepositoryChecksums): Verdict {
  if (errors.length > 0) return 'INCOMPLETE';
  const differ = Object.values(sums).some((pair) => pair.equal === false);
  return differ || hasFinding ? 'OUT-OF-SYNC' : 'IN-SYNC';
}
