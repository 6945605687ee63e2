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
  /** Whether `expected` would give something. */
  isHeard(tag: string): boolean;
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
    isHeard: (tag) => told[other].has(tag),
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

/** So many tags at least are put off: enough that the other site has answered, where both go at the same pace. */
const LEAST_PUT_OFF = 128;
/** So many times as many at most: what waits for a site that is far behind has no verdict where the run is cut. */
const MOST_TIMES = 4;
/** Answers come in nearly the order of the questions: when this many tags later was heard, the tag itself will not be. */
const OUT_OF_ORDER = 64;

/**
 * A site's tags, with those that the other site is asked for first put off: by a few times as many as are in flight, and
 * until they were heard. Evenly, so that the site's pace is the same throughout.
 *
 * Where so many wait that the other site must be far behind, the next one is asked for at once, and the other will hear
 * of it. It is the next one and not the one that waits longest: there the other is likely to be right now, and to ask
 * both for a tag at the same time is what is to be avoided.
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
  const isHeard = (tag: T | undefined) => tag !== undefined && counterpart.isHeard(tag.name);
  const isDue = () => isHeard(later[0]) || isHeard(later[OUT_OF_ORDER]);
  for (const tag of tags) {
    if (!counterpart.isHearing && later.length > 0) yield* later.splice(0);
    const least = Math.max(LEAST_PUT_OFF, 2 * limitNow(concurrency));
    // Of what is known already, nothing is heard.
    const isOurs = tag.known !== undefined || !counterpart.isHearing || counterpart.isOurs(tag.name);
    if (isOurs || later.length >= MOST_TIMES * least) yield tag;
    else later.push(tag);
    // Two for each that is put off, so that fewer wait again when the other site has caught up.
    for (let count = 0; count < 2 && later.length > least && isDue(); count++) yield later.shift() as T;
  }
  while (later.length > 0) yield (isDue() ? later.shift() : later.pop()) as T;
}
