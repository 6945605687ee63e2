import { compareBytes } from '../core/byte-order.ts';
import { type List, lazyList } from '../core/list.ts';
import type { RepositorySnapshot, TagEntry } from '../report/snapshot.ts';

/** A repository as both sites gave it. */
export interface SnapshotPair {
  readonly primary: RepositorySnapshot;
  readonly secondary: RepositorySnapshot;
}

/**
 * Puts a second reading of some tags into the first: the later answer counts, and a tag that answered
 * otherwise on either site is unstable. A repository that is gone by then has no tags, whichever were read again.
 *
 * @param names the tags that were read again
 */
export function settle(
  before: SnapshotPair,
  again: SnapshotPair,
  names: ReadonlySet<string>,
): SnapshotPair & { readonly unstable: ReadonlySet<string> } {
  const unstable = new Set<string>();
  const primary = replaceTags(before.primary, again.primary, names, unstable);
  const secondary = replaceTags(before.secondary, again.secondary, names, unstable);
  return { primary, secondary, unstable };
}

function replaceTags(
  before: RepositorySnapshot,
  again: RepositorySnapshot,
  names: ReadonlySet<string>,
  unstable: Set<string>,
): RepositorySnapshot {
  if (again.present === false) {
    // It went as a whole: no tag of the first reading is there any more, read again or not.
    for (const { name } of before.tags) unstable.add(name);
    return again;
  }
  const listedAgain = again.present !== null;
  const later = new Map(again.tags.map((entry) => [entry.name, entry]));
  const earlier = new Map<string, TagEntry>();
  for (const entry of before.tags) if (names.has(entry.name)) earlier.set(entry.name, entry);
  const unread = new Set(again.errors.flatMap((error) => error.tags ?? []));
  for (const name of names) {
    // Only two answers can be compared; a failure to read again is an error, not a change.
    if (listedAgain && !unread.has(name) && !sameAnswer(earlier.get(name), later.get(name)))
      unstable.add(name);
  }
  // Without a second list nothing is known of these tags any more: absence would be a guess.
  const errors = listedAgain
    ? again.errors
    : again.errors.map((error) => ({ ...error, tags: [...names].sort(compareBytes) }));
  const tags = replaced(before.tags, again.tags, names, earlier.size);
  return {
    ...before,
    present: again.present ?? before.present,
    tags,
    errors: [...before.errors, ...errors],
    complete: {
      wide: before.complete.wide && again.complete.wide,
      narrow: before.complete.narrow && again.complete.narrow,
    },
    firstPage: firstPageWith(before, tags.length),
    // An older listing beside newer readings would differ for no reason but time.
    gitlabV1: again.gitlabV1,
  };
}

/** The first reading without some tags, and the second of those, in byte order. */
function replaced(
  before: List<TagEntry>,
  again: List<TagEntry>,
  names: ReadonlySet<string>,
  gone: number,
): List<TagEntry> {
  return lazyList(before.length - gone + again.length, function* () {
    const later = [...again];
    let next = 0;
    for (const entry of before) {
      if (names.has(entry.name)) continue;
      for (; next < later.length; next++) {
        const one = later[next] as TagEntry;
        if (compareBytes(one.name, entry.name) > 0) break;
        yield one;
      }
      yield entry;
    }
    yield* later.slice(next);
  });
}

/** A tag that came during the pause must not look like one beyond the page that the verifier reads. */
function firstPageWith({ firstPage, tags }: RepositorySnapshot, tagsNow: number): number | null {
  if (firstPage === null || firstPage < tags.length) return firstPage;
  return Math.max(firstPage, tagsNow);
}

function sameAnswer(before: TagEntry | undefined, again: TagEntry | undefined): boolean {
  if (before?.reading.state !== again?.reading.state) return false;
  if (before?.reading.digest !== again?.reading.digest) return false;
  const earlier = before?.reading.narrow ?? null;
  const later = again?.reading.narrow ?? null;
  // A probe that failed once has nothing to be compared with.
  return earlier === null || later === null || earlier.digest === later.digest;
}
