import { compareBytes } from '../core/byte-order.ts';
import { keepHeapFrugal } from '../core/frugal-heap.ts';
import { type List, lazyList } from '../core/list.ts';
import type { ListedTag } from '../core/tag-reading.ts';
import type { TagEntry } from '../report/snapshot.ts';
import { splitPushTime, withPushTime } from './push-time.ts';
import type { ReadingPool } from './reading-pool.ts';

/** So many are felt in memory. */
const MANY = 250_000;
/** Tags are added as their answers come: hardly further from their places than this while some dozens are in flight. */
const NEAR = 256;

/**
 * Tags of one site as columns: names, pooled readings and times of push, each once. A million entries take some
 * 60 MB so, a third of what they take as objects; the entries are made as they are walked.
 */
export interface TagColumns {
  /** Adds a tag; of two with one name the later counts. */
  add(name: string, reading: ListedTag): void;
  /** What was added, by name in byte order. Nothing may be added after. */
  list(): List<TagEntry>;
}

export function createTagColumns(pool: ReadingPool): TagColumns {
  let names: string[] = [];
  let readings: ListedTag[] = [];
  /** Milliseconds since the epoch; NaN where none or no such time was given. */
  let pushed: number[] = [];
  let hasTimes = false;
  let isSorted = true;
  /** How times end here, `Z` or `+00:00`: as the first one does. */
  let zone: string | null = null;
  /** Times that are written in another way than milliseconds and that end, by name. */
  const oddTimes = new Map<string, string>();

  /** Moves the last tag added to its place, if that is near: a sort of them all would be felt. */
  function settle(): void {
    const last = names.length - 1;
    const name = names[last] as string;
    let place = last;
    while (place > 0 && last - place < NEAR && compareBytes(names[place - 1] as string, name) > 0) place--;
    // Of two with one name `sort` takes the later.
    isSorted = place === 0 || compareBytes(names[place - 1] as string, name) < 0;
    if (!isSorted || place === last) return;
    move(names, last, place);
    move(readings, last, place);
    move(pushed, last, place);
  }

  function sort(): void {
    // An array and no typed one: V8 makes use of the order that is there, and little of it is not.
    const order = Array.from(names.keys());
    const nameAt = (index: number) => names[index] ?? '';
    order.sort((a, b) => compareBytes(nameAt(a), nameAt(b)) || a - b);
    // Of equal names the last added stands last.
    const kept = order.filter((index, at) => {
      const next = order[at + 1];
      return next === undefined || nameAt(next) !== nameAt(index);
    });
    names = columnOf(kept, names);
    readings = columnOf(kept, readings);
    if (hasTimes) pushed = columnOf(kept, pushed);
  }

  function entryAt(index: number): TagEntry {
    const name = names[index] as string;
    const reading = readings[index] as ListedTag;
    const publishedAt = hasTimes ? timeAt(index, name) : undefined;
    return { name, reading: publishedAt === undefined ? reading : withPushTime(reading, publishedAt) };
  }

  function timeAt(index: number, name: string): string | undefined {
    const time = pushed[index] as number;
    return Number.isNaN(time) ? oddTimes.get(name) : written(time, zone ?? 'Z');
  }

  return {
    add(name, reading) {
      if (names.length === MANY) keepHeapFrugal();
      const { body, publishedAt } = splitPushTime(reading);
      names.push(name);
      readings.push(body.state === 'resolved' ? pool.pooled(body) : body);
      const time = publishedAt === undefined ? Number.NaN : Date.parse(publishedAt);
      zone ??= publishedAt === undefined ? null : publishedAt.endsWith('Z') ? 'Z' : '+00:00';
      const isUsual = !Number.isNaN(time) && written(time, zone ?? 'Z') === publishedAt;
      pushed.push(isUsual ? time : Number.NaN);
      if (isSorted) settle();
      if (publishedAt === undefined) {
        oddTimes.delete(name);
        return;
      }
      hasTimes = true;
      if (!isUsual) oddTimes.set(name, publishedAt);
    },
    list() {
      if (!isSorted) sort();
      if (!hasTimes) pushed = [];
      isSorted = true;
      const entries = lazyList(names.length, function* () {
        for (let index = 0; index < names.length; index++) yield entryAt(index);
      });
      if (hasTimes) {
        const bare = lazyList(names.length, function* () {
          for (let index = 0; index < names.length; index++)
            yield { name: names[index] as string, reading: readings[index] as ListedTag };
        });
        rememberTimeless(entries, bare);
      }
      return entries;
    },
  };
}

/** Names the list that `withoutTimes` gives for another. */
export function rememberTimeless(tags: List<TagEntry>, bare: List<TagEntry>): void {
  timeless.set(tags, bare);
}

const timeless = new WeakMap<List<TagEntry>, List<TagEntry>>();

/**
 * The same tags without their times of push, where that is less work: with the readings as they are kept, one object
 * for all that are alike. For what does not ask for times, which are verdicts, sums and forecasts.
 */
export function withoutTimes(tags: List<TagEntry>): List<TagEntry> {
  return timeless.get(tags) ?? tags;
}

const DAY_MS = 86_400_000;
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** Most times of a repository are of few days. */
const lastDay = { number: Number.NaN, text: '' };

/** What `Date` writes, with the given zone for its `Z`; by hand, because `Date` takes a microsecond for it. */
function written(time: number, zone: string): string {
  const day = Math.floor(time / DAY_MS);
  if (day !== lastDay.number) {
    lastDay.number = day;
    lastDay.text = new Date(day * DAY_MS).toISOString().slice(0, -'00:00:00.000Z'.length);
  }
  const ms = time - day * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}`;
  return `${lastDay.text}${clock}.${String(ms % 1000).padStart(3, '0')}${zone}`;
}

/** Moves an element to an earlier place. */
function move<T>(column: T[], from: number, to: number): void {
  const moved = column[from] as T;
  for (let at = from; at > to; at--) column[at] = column[at - 1] as T;
  column[to] = moved;
}

/** The elements at the given places. */
function columnOf<T>(places: readonly number[], column: readonly T[]): T[] {
  const picked: T[] = [];
  for (const place of places) picked.push(column[place] as T);
  return picked;
}
