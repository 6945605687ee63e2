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
  const readings = new Map<string, ResolvedTag>();
  const narrows = new Map<string, NarrowReading>();

  function pooledNarrow(narrow: NarrowReading): NarrowReading {
    if (narrow.reason !== undefined) return narrow;
    const key = `${narrow.state} ${narrow.digest} ${narrow.status} ${narrow.probed}`;
    const known = narrows.get(key);
    if (known !== undefined) return known;
    narrows.set(key, narrow);
    return narrow;
  }

  return {
    pooled(reading) {
      const { digest, mediaType, publishedAt, narrow, deep } = reading;
      // Times and deep findings are a tag's own; words of the registry too, and they are few.
      if (publishedAt !== undefined || deep !== undefined || narrow?.reason !== undefined) {
        return narrow === null ? reading : { ...reading, narrow: pooledNarrow(narrow) };
      }
      const key = `${digest} ${mediaType} ${narrow === null ? '' : `${narrow.state} ${narrow.digest} ${narrow.status} ${narrow.probed}`}`;
      const known = readings.get(key);
      if (known !== undefined) return known;
      readings.set(key, reading);
      return reading;
    },
  };
}
