import { type List, lazyList } from '../core/list.ts';
import { ABSENT, type ListedTag, type TagReading } from '../core/tag-reading.ts';
import type { Site } from '../report/report.ts';
import type { TagReport } from '../report/tag-report.ts';
import { splitPushTime, withPushTime } from './push-time.ts';
import { createReadingPool } from './reading-pool.ts';
import { tagReport } from './tag-verdicts.ts';

/** Tags of a repository in one chunk: what is read back at a time. */
const TAGS_PER_CHUNK = 1000;

/**
 * Up to a thousand tags as columns, with each distinct reading once: a quarter of what they take in a report.
 * Verdicts and causes are left out, since they follow from the readings.
 */
export interface TagChunk {
  readonly names: readonly string[];
  readonly readings: readonly ListedTag[];
  /** Places in `readings`; -1 where the site does not list the tag. */
  readonly primary: readonly number[];
  readonly secondary: readonly number[];
  /** Times of push of each tag at each site, as far as they are known; null where none is. */
  readonly pushed: Readonly<Record<Site, readonly (string | null)[]>> | null;
  /** Places of tags that changed while they were read. */
  readonly unstable: readonly number[];
}

/** The tags of a repository in chunks, in their order. */
export function* toChunks(tags: List<TagReport>): Generator<TagChunk> {
  let chunk = createChunk();
  for (const tag of tags) {
    chunk.add(tag);
    if (chunk.size() < TAGS_PER_CHUNK) continue;
    yield chunk.done();
    chunk = createChunk();
  }
  if (chunk.size() > 0) yield chunk.done();
}

/** The tags of chunks, as they were given to `toChunks`. */
export function fromChunks(length: number, chunks: () => Iterable<TagChunk>): List<TagReport> {
  return lazyList(length, function* () {
    for (const chunk of chunks()) yield* tagsOf(chunk);
  });
}

function createChunk() {
  const pool = createReadingPool();
  const places = new Map<ListedTag, number>();
  const names: string[] = [];
  const primary: number[] = [];
  const secondary: number[] = [];
  const times = { primary: [] as (string | null)[], secondary: [] as (string | null)[] };
  const unstable: number[] = [];
  let hasTimes = false;

  function placeOf(reading: TagReading, column: (string | null)[]): number {
    if (reading.state === 'absent') {
      column.push(null);
      return -1;
    }
    const { body, publishedAt } = splitPushTime(reading);
    column.push(publishedAt ?? null);
    if (publishedAt !== undefined) hasTimes = true;
    const pooled = body.state === 'resolved' ? pool.pooled(body) : body;
    const known = places.get(pooled);
    if (known !== undefined) return known;
    places.set(pooled, places.size);
    return places.size - 1;
  }

  return {
    size: () => names.length,
    add(tag: TagReport) {
      if (tag.unstable) unstable.push(names.length);
      names.push(tag.name);
      primary.push(placeOf(tag.primary, times.primary));
      secondary.push(placeOf(tag.secondary, times.secondary));
    },
    done(): TagChunk {
      const readings = [...places.keys()];
      return { names, readings, primary, secondary, pushed: hasTimes ? times : null, unstable };
    },
  };
}

function* tagsOf({ names, readings, primary, secondary, pushed, unstable }: TagChunk): Generator<TagReport> {
  const changed = new Set(unstable);
  const readingAt = (place: number | undefined, time: string | null | undefined) => {
    const reading = readings[place ?? -1];
    if (reading === undefined) return ABSENT;
    return time === null || time === undefined ? reading : withPushTime(reading, time);
  };
  for (const [at, name] of names.entries()) {
    const ofPrimary = readingAt(primary[at], pushed?.primary[at]);
    const ofSecondary = readingAt(secondary[at], pushed?.secondary[at]);
    yield tagReport({ name, primary: ofPrimary, secondary: ofSecondary }, changed.has(at));
  }
}
