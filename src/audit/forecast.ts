import { compareBytes } from '../core/byte-order.ts';
import type { List } from '../core/list.ts';
import type { TagReading } from '../core/tag-reading.ts';
import { NAMED_TAGS } from '../report/cause-evidence.ts';
import type { Forecast, ReadingForecast, SomeTags } from '../report/forecast.ts';
import type { TagReport } from '../report/report.ts';

/** Digests named in `endangered`; how many tags are in danger is counted over all of them. */
const MOST_DIGESTS = 50;
/** Tags in danger are named more fully than others: they are what somebody must look at. */
const MOST_ENDANGERED = 100;

type Reader = 'narrow' | 'wide';

/** What one reader gets for one tag of one site. */
type Seen = { readonly listed: false } | { readonly listed: true; readonly digest: string | null };

/**
 * What Geo's sync does next, by the rules of its own job: it compares tuples of name and digest, nil equal to nil,
 * copies those that only the primary has by tag, and then deletes by digest those that only the secondary has,
 * which are tags gone from the primary and what changed tags pointed at before (`docs/facts.md` §6). A tag without a
 * digest cannot be deleted so; a release that reads widely deletes it by name.
 *
 * Pure. Both readers are taken to read both sites by `/v2/`.
 *
 * @param tags every tag of the repository in byte order, filters aside: the sync knows none
 */
export function forecastSync(tags: List<TagReport>): Forecast {
  const narrow = forecastFor('narrow', tags);
  const wide = forecastFor('wide', tags);
  const doomed = new Map<string, Doom>();
  const results: readonly (readonly [Reader, ReaderResult | null])[] = [
    ['narrow', narrow],
    ['wide', wide],
  ];
  for (const [reader, result] of results) {
    for (const [digest, names] of result?.deletedDigests ?? []) {
      const entry = doomed.get(digest) ?? { readings: [], deletedFor: new Set() };
      entry.readings.push(reader);
      for (const name of names) entry.deletedFor.add(name);
      doomed.set(digest, entry);
    }
  }
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
}

/** A digest that is deleted: by which readers, and for whose sake. */
interface Doom {
  readonly readings: Reader[];
  readonly deletedFor: Set<string>;
}

interface ReaderResult {
  readonly forecast: ReadingForecast;
  /** What is deleted by digest, and for whose sake. */
  readonly deletedDigests: ReadonlyMap<string, readonly string[]>;
  /** Copied, and deleted again with somebody else's digest. */
  readonly undone: readonly string[];
}

/** null when a tag was not read this way: the sync could do anything with it. */
function forecastFor(reader: Reader, tags: List<TagReport>): ReaderResult | null {
  const copy: string[] = [];
  const uncopyable: string[] = [];
  const deleted: string[] = [];
  const undeletable: string[] = [];
  const pushed: (readonly [name: string, digest: string])[] = [];
  const deletedDigests = new Map<string, string[]>();
  const skip = { count: 0, differing: 0 };
  let replaced = 0;
  for (const tag of tags) {
    const primary = seenBy(reader, tag.primary);
    const secondary = seenBy(reader, tag.secondary);
    if (primary === null || secondary === null) return null;
    if (primary.listed && secondary.listed && primary.digest === secondary.digest) {
      skip.count++;
      if (tag.status !== 'MATCH') skip.differing++;
      continue;
    }
    if (primary.listed) {
      copy.push(tag.name);
      if (primary.digest === null) uncopyable.push(tag.name);
      else pushed.push([tag.name, primary.digest]);
    }
    if (!secondary.listed) continue;
    if (secondary.digest !== null) {
      deleted.push(tag.name);
      if (primary.listed) replaced++;
      append(deletedDigests, secondary.digest, tag.name);
    } else if (!primary.listed) {
      // The fallback to a delete by name came with the wide Accept (gitlab-org/gitlab#465580).
      (reader === 'wide' ? deleted : undeletable).push(tag.name);
    }
  }
  return {
    forecast: {
      copy: someTags(copy),
      uncopyable: someTags(uncopyable),
      delete: someTags(deleted),
      replaced,
      undeletable: someTags(undeletable),
      skip,
    },
    deletedDigests,
    undone: pushed.filter(([, digest]) => deletedDigests.has(digest)).map(([name]) => name),
  };
}

function seenBy(reader: Reader, reading: TagReading): Seen | null {
  if (reading.state === 'absent') return { listed: false };
  if (reader === 'wide') return { listed: true, digest: reading.digest };
  return reading.narrow === null ? null : { listed: true, digest: reading.narrow.digest };
}

function append(lists: Map<string, string[]>, key: string, name: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [name]);
  else list.push(name);
}

function someTags(names: readonly string[], most = NAMED_TAGS): SomeTags {
  return { count: names.length, tags: names.slice(0, most) };
}
