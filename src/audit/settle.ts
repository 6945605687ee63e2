import { compareBytes } from '../core/byte-order.ts';
import type { RepositorySnapshot, TagEntry } from '../report/snapshot.ts';

/** A repository as both sites gave it. */
export interface SnapshotPair {
  readonly primary: RepositorySnapshot;
  readonly secondary: RepositorySnapshot;
}

/**
 * Puts a second reading of some tags into the first: the later answer counts, and a tag that answered
 * otherwise on either site is unstable.
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
  const listedAgain = again.present !== null;
  const later = new Map(again.tags.map((entry) => [entry.name, entry]));
  const earlier = new Map<string, TagEntry>();
  const kept: TagEntry[] = [];
  for (const entry of before.tags) {
    if (names.has(entry.name)) earlier.set(entry.name, entry);
    else kept.push(entry);
  }
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
  return {
    ...before,
    tags: [...kept, ...again.tags].sort((a, b) => compareBytes(a.name, b.name)),
    errors: [...before.errors, ...errors],
    complete: {
      wide: before.complete.wide && again.complete.wide,
      narrow: before.complete.narrow && again.complete.narrow,
    },
    gitlabV1: again.gitlabV1 ?? before.gitlabV1,
  };
}

function sameAnswer(before: TagEntry | undefined, again: TagEntry | undefined): boolean {
  return (
    before?.reading.state === again?.reading.state &&
    before?.reading.digest === again?.reading.digest &&
    before?.reading.narrow?.digest === again?.reading.narrow?.digest
  );
}
