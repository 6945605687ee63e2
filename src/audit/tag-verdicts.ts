import { compareBytes } from '../core/byte-order.ts';
import { ABSENT, type TagReading } from '../core/tag-reading.ts';
import type { RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import type { NarrowStatus, Status, TagReport } from '../report/tag-report.ts';
import { tagCauses } from './causes/tag-causes.ts';
import { withoutTimes } from './tag-columns.ts';

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
export function* reportsOf(
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

export function nextOf(entries: Iterator<TagEntry>): TagEntry | null {
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

/** The names of tags that are not equal on both sites. */
export function differingNames(primary: RepositorySnapshot, secondary: RepositorySnapshot): Set<string> {
  const names = new Set<string>();
  for (const pair of pairTags(timeless(primary), timeless(secondary)))
    if (statusOf(pair.primary, pair.secondary) !== 'MATCH') names.add(pair.name);
  return names;
}

/**
 * The names that the sites' v1 listings give different digests, or that one of them lacks. A listing is older than the
 * readings beside it: what was pushed or synced in between shows here alone. One without a digest says nothing of that.
 */
export function differingTuples(
  { gitlabV1: ofPrimary }: RepositorySnapshot,
  { gitlabV1: ofSecondary }: RepositorySnapshot,
): string[] {
  if (ofPrimary === null || ofSecondary === null) return [];
  const names: string[] = [];
  const others = ofSecondary[Symbol.iterator]();
  let other = others.next();
  const passUntil = (name: string | null) => {
    for (; !other.done && (name === null || compareBytes(other.value[0], name) < 0); other = others.next())
      names.push(other.value[0]);
  };
  for (const [name, digest] of ofPrimary) {
    passUntil(name);
    const isListed = !other.done && other.value[0] === name;
    const listed = isListed ? other.value[1] : null;
    if (!isListed || (digest !== null && listed !== null && digest !== listed)) names.push(name);
    if (isListed) other = others.next();
  }
  passUntil(null);
  return names;
}

/** A snapshot whose tags are walked with less work, for all that does not ask when they were pushed. */
export function timeless(snapshot: RepositorySnapshot): RepositorySnapshot {
  return { ...snapshot, tags: withoutTimes(snapshot.tags) };
}
