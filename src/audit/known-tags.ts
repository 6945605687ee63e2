import { type List, lazyList } from '../core/list.ts';
import type { ListedTag, ResolvedTag } from '../core/tag-reading.ts';
import type { TagEntry } from '../report/snapshot.ts';
import { narrowWithoutAsking } from '../verifier/profiles.ts';
import type { NarrowMode } from './read-tag.ts';
import { rememberTimeless, withoutTimes } from './tag-columns.ts';

/** Whether a listing that gives digests says all that is to be known of a tag, so that it is not asked for. */
export function isKnown({ reading }: TagEntry, narrow: NarrowMode): boolean {
  if (reading.state !== 'resolved') return false;
  return narrow === 'off' || (narrow === 'auto' && narrowWithoutAsking(reading) !== null);
}

/**
 * The tags of such a listing with what follows for the narrow profile, and those that had to be asked for as they
 * were read. Made as it is walked: nothing is kept a second time.
 *
 * @param read the tags of `listed` that were asked for, without those that could not be read
 */
export function withKnown(listed: List<TagEntry>, read: List<TagEntry>, narrow: NarrowMode): List<TagEntry> {
  let unknown = 0;
  for (const entry of withoutTimes(listed)) if (!isKnown(entry, narrow)) unknown++;
  const length = listed.length - unknown + read.length;
  const of = (entries: List<TagEntry>, answers: List<TagEntry>) =>
    lazyList(length, () => overlaid(entries, answers, narrow));
  const list = of(listed, read);
  rememberTimeless(list, of(withoutTimes(listed), withoutTimes(read)));
  return list;
}

function* overlaid(listed: List<TagEntry>, read: List<TagEntry>, narrow: NarrowMode): Generator<TagEntry> {
  const answers = read[Symbol.iterator]();
  let answer = answers.next();
  for (const entry of listed) {
    if (isKnown(entry, narrow)) {
      yield { name: entry.name, reading: concluded(entry.reading, narrow) };
    } else if (!answer.done && answer.value.name === entry.name) {
      yield answer.value;
      answer = answers.next();
    }
  }
}

/** One object for all that are alike, as the given ones are. */
const concludedOf = new WeakMap<ResolvedTag, ListedTag>();

function concluded(reading: ListedTag, narrow: NarrowMode): ListedTag {
  if (reading.state !== 'resolved' || narrow === 'off') return reading;
  // What has a time is made for each walk, and not worth remembering.
  if (reading.publishedAt !== undefined) return { ...reading, narrow: narrowWithoutAsking(reading) };
  const known = concludedOf.get(reading);
  if (known !== undefined) return known;
  const made = { ...reading, narrow: narrowWithoutAsking(reading) };
  concludedOf.set(reading, made);
  return made;
}
