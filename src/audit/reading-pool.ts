import type { NarrowReading, ResolvedTag } from '../core/tag-reading.ts';

/**
 * Keeps one object for all tags that a site, or both, answered alike: of a million tags only some ten thousand
 * digests differ, and a reading is several times as large as the tag's name.
 */
export interface ReadingPool {
  /** A reading equal to the given one, the same object for equal ones where that is possible. */
  pooled(reading: ResolvedTag): ResolvedTag;
}

export function createReadingPool(): ReadingPool {
  // By digest and not by a key of all that differs: keys of their own would be as large as what they save.
  const byDigest = new Map<string, ResolvedTag | ResolvedTag[]>();
  return {
    pooled(reading) {
      // Times and deep findings are a tag's own; words of the registry too, and they are few.
      if (reading.publishedAt !== undefined || reading.deep !== undefined) return reading;
      if (reading.narrow?.reason !== undefined) return reading;
      const known = byDigest.get(reading.digest);
      if (known === undefined) {
        byDigest.set(reading.digest, reading);
        return reading;
      }
      const others = Array.isArray(known) ? known : [known];
      const equal = others.find((other) => isAlike(other, reading));
      if (equal !== undefined) return equal;
      byDigest.set(reading.digest, [...others, reading]);
      return reading;
    },
  };
}

function isAlike(a: ResolvedTag, b: ResolvedTag): boolean {
  return a.mediaType === b.mediaType && isAlikeNarrowly(a.narrow, b.narrow);
}

function isAlikeNarrowly(a: NarrowReading | null, b: NarrowReading | null): boolean {
  if (a === null || b === null) return a === b;
  return a.state === b.state && a.digest === b.digest && a.status === b.status && a.probed === b.probed;
}
