import { compareBytes } from '../core/byte-order.ts';
import type { List } from '../core/list.ts';
import type { TagReading } from '../core/tag-reading.ts';
import { NAMED_TAGS } from '../report/cause-evidence.ts';
import type { Forecast, ReadingForecast, SomeTags } from '../report/forecast.ts';
import type { TagReport } from '../report/tag-report.ts';

/** Digests named in `endangered`; how many tags are in danger is counted over all of them. */
const MOST_DIGESTS = 50;
/** Tags in danger are named more fully than others: they are what somebody must look at. */
const MOST_ENDANGERED = 100;

type Reader = 'narrow' | 'wide';

/** Foresees a sync from a repository's tags, given one by one. */
export interface SyncForecast {
  add(tag: TagReport): void;
  /** @param tags all that were added, walked again only where the sync would delete */
  result(tags: List<TagReport>): Forecast;
}

/**
 * What Geo's sync does next, by the rules of its own job: it compares tuples of name and digest, nil equal to nil,
 * copies those that only the primary has by tag, and then deletes by digest those that only the secondary has,
 * which are tags gone from the primary and what changed tags pointed at before (`docs/facts.md` §6). A tag without a
 * digest cannot be deleted so; a release that reads widely deletes it by name.
 *
 * Pure. Both readers are taken to read both sites by `/v2/`. It is given every tag of the repository in byte order,
 * filters aside: the sync knows none.
 */
export function createForecast(): SyncForecast {
  const readers: readonly (readonly [Reader, ReaderForecast])[] = [
    ['narrow', createReaderForecast('narrow')],
    ['wide', createReaderForecast('wide')],
  ];
  return {
    add(tag) {
      for (const [, forecast] of readers) forecast.add(tag);
    },
    result(tags) {
      const results = readers.map(([reader, forecast]) => [reader, forecast.result()] as const);
      const [[, narrow], [, wide]] = results as [(typeof results)[0], (typeof results)[0]];
      const doomed = doomedBy(results);
      const healthy = new Map<string, string[]>();
      for (const { name, status, secondary } of doomed.size === 0 ? [] : tags) {
        if (status === 'MATCH' && secondary.state === 'resolved' && doomed.has(secondary.digest))
          append(healthy, secondary.digest, name);
      }
      const undone = new Set([...(narrow?.undone ?? []), ...(wide?.undone ?? [])]);
      return {
        narrow: narrow?.forecast ?? null,
        wide: wide?.forecast ?? null,
        endangered: [...healthy].slice(0, MOST_DIGESTS).map(([digest, names]) => ({
          digest,
          readings: doomed.get(digest)?.readings ?? [],
          deletedFor: someTags([...(doomed.get(digest)?.deletedFor ?? [])]),
          tags: someTags(names, MOST_ENDANGERED),
        })),
        endangeredTags: [...healthy.values()].reduce((sum, names) => sum + names.length, 0),
        undone: someTags([...undone].sort(compareBytes)),
      };
    },
  };
}

/** A digest that is deleted: by which readers, and for whose sake. */
interface Doom {
  readonly readings: Reader[];
  readonly deletedFor: Set<string>;
}

function doomedBy(results: readonly (readonly [Reader, ReaderResult | null])[]): Map<string, Doom> {
  const doomed = new Map<string, Doom>();
  for (const [reader, result] of results) {
    for (const [digest, names] of result?.deletedDigests ?? []) {
      const entry = doomed.get(digest) ?? { readings: [], deletedFor: new Set() };
      entry.readings.push(reader);
      for (const name of names) entry.deletedFor.add(name);
      doomed.set(digest, entry);
    }
  }
  return doomed;
}

interface ReaderResult {
  readonly forecast: ReadingForecast;
  /** What is deleted by digest, and for whose sake. */
  readonly deletedDigests: ReadonlyMap<string, readonly string[]>;
  /** Copied, and deleted again with somebody else's digest. */
  readonly undone: readonly string[];
}

interface ReaderForecast {
  add(tag: TagReport): void;
  /** null when a tag was not read this way: the sync could do anything with it. */
  result(): ReaderResult | null;
}

function createReaderForecast(reader: Reader): ReaderForecast {
  const copy: string[] = [];
  const uncopyable: string[] = [];
  const deleted: string[] = [];
  const undeletable: string[] = [];
  const pushed: (readonly [name: string, digest: string])[] = [];
  const deletedDigests = new Map<string, string[]>();
  const skip = { count: 0, differing: 0 };
  let replaced = 0;
  let isKnown = true;
  return {
    add(tag) {
      const primary = seenBy(reader, tag.primary);
      const secondary = seenBy(reader, tag.secondary);
      if (primary === undefined || secondary === undefined) isKnown = false;
      if (!isKnown) return;
      if (primary !== NOT_LISTED && primary === secondary) {
        skip.count++;
        if (tag.status !== 'MATCH') skip.differing++;
        return;
      }
      if (primary !== NOT_LISTED) {
        copy.push(tag.name);
        if (typeof primary === 'string') pushed.push([tag.name, primary]);
        else uncopyable.push(tag.name);
      }
      if (typeof secondary === 'string' && secondary !== NOT_LISTED) {
        deleted.push(tag.name);
        if (primary !== NOT_LISTED) replaced++;
        append(deletedDigests, secondary, tag.name);
      } else if (secondary === null && primary === NOT_LISTED) {
        // The fallback to a delete by name came with the wide Accept (gitlab-org/gitlab#465580).
        (reader === 'wide' ? deleted : undeletable).push(tag.name);
      }
    },
    result() {
      if (!isKnown) return null;
      const forecast = {
        copy: someTags(copy),
        uncopyable: someTags(uncopyable),
        delete: someTags(deleted),
        replaced,
        undeletable: someTags(undeletable),
        skip,
      };
      const undone = pushed.filter(([, digest]) => deletedDigests.has(digest)).map(([name]) => name);
      return { forecast, deletedDigests, undone };
    },
  };
}

/** The place of a digest where the site does not list the tag; no digest looks so. */
const NOT_LISTED = '';

/** The digest that a reader gets, null for none; undefined when the tag was not read this way. */
function seenBy(reader: Reader, reading: TagReading): string | null | undefined {
  if (reading.state === 'absent') return NOT_LISTED;
  if (reader === 'wide') return reading.digest;
  return reading.narrow === null ? undefined : reading.narrow.digest;
}

function append(lists: Map<string, string[]>, key: string, name: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [name]);
  else list.push(name);
}

function someTags(names: readonly string[], most = NAMED_TAGS): SomeTags {
  return { count: names.length, tags: names.slice(0, most) };
}
