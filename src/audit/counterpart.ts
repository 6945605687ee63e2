import { type ConcurrencyLimit, limitNow } from '../core/concurrency.ts';
import type { Digest } from '../core/digest.ts';
import type { List } from '../core/list.ts';
import type { Site } from '../report/report.ts';

/** What one site of a comparison hears of the other while both are read. */
export interface Counterpart {
  /** Whether this site is asked for the tag before the other is, as far as both go at the same pace. */
  readonly isOurs: (tag: string) => boolean;
  /** Whether it is of use to this site to hear. */
  readonly isHearing: boolean;
  /** From now on it is of none, and nothing is told to it. */
  stopHearing(): void;
  /** The digest that the other site gave for a tag, once; undefined where nothing was heard. */
  expected(tag: string): Digest | undefined;
  /** The digest that this site gave for a tag of which it had heard nothing. */
  tell(tag: string, digest: Digest): void;
}

/** What is told and not yet heard takes memory; where it is so much, the rest is asked for in full. */
const MOST_TOLD = 200_000;

/**
 * Lets two sites hear, tag by tag, where the other's leads: most tags of a healthy pair lead to the same digest, and
 * to ask whether that is so is less work for a registry than to say it (`ServedManifests`). Each site is asked for one
 * half of the tags at once, and for the other a little later (`puttingOff`). What was heard is a guess, and never a
 * reading.
 */
export function createCounterparts(): Readonly<Record<Site, Counterpart>> {
  const told = { primary: new Map<string, Digest>(), secondary: new Map<string, Digest>() };
  const isHearing = { primary: true, secondary: true };
  const counterpart = (site: Site, other: Site, half: number): Counterpart => ({
    isOurs: (tag) => halfOf(tag) === half,
    get isHearing() {
      return isHearing[site];
    },
    stopHearing() {
      isHearing[site] = false;
      told[other].clear();
    },
    expected(tag) {
      const digest = told[other].get(tag);
      if (digest !== undefined) told[other].delete(tag);
      return digest;
    },
    tell(tag, digest) {
      if (!isHearing[other]) return;
      // Both sites were asked at the same time: nobody will want to hear it.
      if (told[other].delete(tag) || told[site].size >= MOST_TOLD) return;
      told[site].set(tag, digest);
    },
  });
  return {
    primary: counterpart('primary', 'secondary', 0),
    secondary: counterpart('secondary', 'primary', 1),
  };
}

/** 0 or 1, of a name alone: the lists of two sites need not have the same order. */
function halfOf(tag: string): number {
  let hash = 0;
  for (let at = 0; at < tag.length; at++) hash = (hash * 31 + tag.charCodeAt(at)) | 0;
  return (hash ^ (hash >>> 15)) & 1;
}

/** So many tags at least are put off: enough that the two sites are asked for the same one only now and then. */
const LEAST_PUT_OFF = 128;

/**
 * A site's tags, with those that the other site is asked for first put off by a few times as many as are in flight:
 * evenly, so that the site's pace is the same throughout, and by no more, so that a run that is cut has nearly all it
 * read of one site from the other as well.
 */
export function* puttingOff<T extends { readonly name: string; readonly known?: unknown }>(
  tags: List<T>,
  counterpart: Counterpart,
  concurrency: ConcurrencyLimit,
): Generator<T> {
  // Of a few tags, none is to be missed where the run is cut.
  if (tags.length <= 2 * LEAST_PUT_OFF) {
    yield* tags;
    return;
  }
  const later: T[] = [];
  for (const tag of tags) {
    if (!counterpart.isHearing && later.length > 0) yield* later.splice(0);
    // Of what is known already, nothing is heard.
    if (tag.known !== undefined || !counterpart.isHearing || counterpart.isOurs(tag.name)) yield tag;
    else later.push(tag);
    const isDue = later.length > Math.max(LEAST_PUT_OFF, 2 * limitNow(concurrency));
    const due = isDue ? later.shift() : undefined;
    if (due !== undefined) yield due;
  }
  yield* later;
}
