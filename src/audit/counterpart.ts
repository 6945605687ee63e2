import type { Digest } from '../core/digest.ts';
import type { Site } from '../report/report.ts';

/** What one site of a comparison hears of the other while both are read. */
export interface Counterpart {
  /** Whether this site is asked for the tag before the other is, as far as both go at the same pace. */
  readonly isOurs: (tag: string) => boolean;
  /** The digest that the other site gave for a tag, once; undefined where nothing was heard. */
  expected(tag: string): Digest | undefined;
  /** The digest that this site gave for a tag of which it had heard nothing. */
  tell(tag: string, digest: Digest): void;
}

/** What is told and not yet heard takes memory; where it is so much, the rest is asked for in full. */
const MOST_TOLD = 200_000;

/**
 * Lets two sites hear, tag by tag, where the other's leads: most tags of a healthy pair lead to the same digest, and
 * to ask whether that is so is less work for a registry than to say it (`ServedManifests`). Each site is asked
 * for one half of the tags at once, and for the other a little later. What was heard is a guess, and never a reading.
 */
export function createCounterparts(): Readonly<Record<Site, Counterpart>> {
  const told = { primary: new Map<string, Digest>(), secondary: new Map<string, Digest>() };
  const counterpart = (site: Site, other: Site, half: number): Counterpart => ({
    isOurs: (tag) => halfOf(tag) === half,
    expected(tag) {
      const digest = told[other].get(tag);
      if (digest !== undefined) told[other].delete(tag);
      return digest;
    },
    tell(tag, digest) {
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
