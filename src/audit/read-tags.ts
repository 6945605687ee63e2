import { compareBytes } from '../core/byte-order.ts';
import { type ConcurrencyLimit, forEachConcurrent } from '../core/concurrency.ts';
import type { List } from '../core/list.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { ServedManifests } from '../registry/served-manifests.ts';
import type { ReadError, TagEntry } from '../report/snapshot.ts';
import { puttingOff } from './counterpart.ts';
import { ErrorGroups } from './error-groups.ts';
import { explainNarrowly, explainRefusals } from './explain-refusals.ts';
import { watchForOutage } from './outage.ts';
import { type KnownTag, type ReadTagOptions, readTag, type TagDone } from './read-tag.ts';
import { createReadingPool, type ReadingPool } from './reading-pool.ts';
import { siteFaultOf } from './site-fault.ts';
import { createTagColumns } from './tag-columns.ts';
import { createTroubles, isServerError, serverErrors, withdraw } from './tag-troubles.ts';

export interface ReadTagsOptions extends ReadTagOptions {
  /** Shared by both sites of a comparison, so that what they answer alike is kept once. */
  readonly pool?: ReadingPool;
  /** Tags being read at once; the transport's limit is what holds. */
  readonly concurrency: ConcurrencyLimit;
  /** Asks the site whether it is well; see `siteFaultOf`, which it is where this is absent. */
  readonly askSite?: (() => Promise<ReadError | null>) | undefined;
  /** Called after each tag. */
  readonly onTag?: () => void;
}

export interface TagsRead {
  /** Sorted by name in byte order. */
  readonly tags: List<TagEntry>;
  readonly errors: readonly ReadError[];
  /** Every tag has a wide reading; every tag has a narrow one. */
  readonly complete: { readonly wide: boolean; readonly narrow: boolean };
}

/**
 * Resolves tags under the wide profile, and under the narrow one where asked.
 *
 * A tag that the site lists and answers with 400, 404, 406, 410 or, twice and while its `/v2/` works, 5xx is
 * unresolvable: that is an answer. Everything else that is not a digest is a failure and carries no reading.
 */
export async function readTags(
  client: RegistryClient,
  path: string,
  wanted: List<KnownTag>,
  options: ReadTagsOptions,
): Promise<TagsRead> {
  const { signal, concurrency, counterpart, askSite = () => siteFaultOf(client, signal) } = options;
  const columns = createTagColumns(options.pool ?? createReadingPool());
  const troubles = createTroubles();
  const done: TagDone = (name, reading) => {
    if (reading !== null) columns.add(name, reading);
    options.onTag?.();
  };
  const served = new ServedManifests(options.mistrust);
  /** Gives what is the site's own fault, once there are tags that it answered with 5xx or not at all. */
  async function readAll(
    tags: Iterable<KnownTag>,
    told: TagDone,
    mostLooks?: number,
  ): Promise<ReadError | null> {
    const outage = watchForOutage(path, askSite, signal, mostLooks);
    const reading = { served, troubles, outage };
    await forEachConcurrent(tags, concurrency, (tag) => readTag(client, path, tag, options, reading, told));
    const fault = serverErrors(troubles).length === 0 ? null : (outage.fault ?? (await askSite()));
    outage.end();
    return fault;
  }

  const inOrder = counterpart === undefined ? wanted : puttingOff(wanted, counterpart, concurrency);
  let siteFault = await readAll(inOrder, done);
  const doubtful = siteFault === null ? serverErrors(troubles) : [];
  if (doubtful.length > 0) {
    // The site is well now, and may not have been when it said so: only what it says again is about the tag.
    // They come in a row by now, and did not among the others: however many they are, that is no sign of an outage.
    const told: TagDone = (name, reading) => {
      if (reading !== null) columns.add(name, reading);
    };
    siteFault = await readAll(withdraw(troubles, doubtful), told, Number.POSITIVE_INFINITY);
  }
  const { refused, narrow } = troubles;
  // What a site said while it was failing as a whole is no answer under the narrow profile either.
  if (siteFault !== null)
    for (const [name, answer] of narrow) if (isServerError(answer)) narrow.set(name, siteFault);
  const explaining = { concurrency, signal, siteFault };
  const unresolvable = await explainRefusals(client, path, [...refused], explaining);
  for (const [status, { name, reading }] of troubles.refusedNarrowly) {
    const reason = await explainNarrowly(client, path, name, status, signal);
    if (reason !== null && reading.narrow !== null)
      columns.add(name, { ...reading, narrow: { ...reading.narrow, reason } });
  }

  const errors = new ErrorGroups();
  const unread = { wide: 0, narrow: 0 };
  const odd = new Set([...troubles.failed.keys(), ...refused.keys(), ...troubles.wide.keys()]);
  for (const name of [...odd].sort(compareBytes)) {
    const read = troubles.failed.get(name) ?? unresolvable.get(name) ?? troubles.wide.get(name);
    if (read === undefined || !('state' in read)) {
      if (read !== undefined) errors.add(read, name);
      unread.wide++;
      unread.narrow++;
      continue;
    }
    const answer = narrow.get(name) ?? null;
    const readNarrowly = answer !== null && 'state' in answer ? answer : null;
    if (answer !== null && readNarrowly === null) errors.add(answer as ReadError, name);
    if (readNarrowly === null) unread.narrow++;
    columns.add(name, { ...read, narrow: readNarrowly });
  }
  const complete = {
    wide: unread.wide === 0,
    narrow: unread.narrow === 0 && (options.narrow !== 'off' || wanted.length === 0),
  };
  return { tags: columns.list(), errors: errors.list(), complete };
}
