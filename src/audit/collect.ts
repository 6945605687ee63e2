import { compareBytes } from '../core/byte-order.ts';
import type { ConcurrencyLimit } from '../core/concurrency.ts';
import { filterList, type List, mapList } from '../core/list.ts';
import { parseRepositoryPath } from '../core/repository-path.ts';
import type { ResolvedTag } from '../core/tag-reading.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { Mistrust } from '../registry/served-manifests.ts';
import type { ReadError, RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';
import type { Counterpart } from './counterpart.ts';
import { isKnown, withKnown } from './known-tags.ts';
import { type Listing, listByDockerApi, listByGitlabApi } from './list-repository.ts';
import type { KnownTag, NarrowMode } from './read-tag.ts';
import { readTags } from './read-tags.ts';
import { createReadingPool, type ReadingPool } from './reading-pool.ts';
import { createTagColumns, withoutTimes } from './tag-columns.ts';
import { unreadRepository } from './unread-repository.ts';

export interface CollectOptions {
  readonly clientPath: ClientPath;
  /** Whether the site is known to have the GitLab v1 API; its listing is then read whatever the client path. */
  readonly gitlabV1: boolean;
  readonly narrow: NarrowMode;
  readonly pool?: ReadingPool;
  readonly concurrency: ConcurrencyLimit;
  /** Resolve only such of the listed tags: the settle pause's second reading. */
  readonly wants?: ((tag: string) => boolean) | undefined;
  /** What they were read as the first time. */
  readonly before?: ReadonlyMap<string, ResolvedTag> | undefined;
  /** Only these tags are this run's business at all: its shard of a repository that several runs share. */
  readonly part?: ((tag: string) => boolean) | undefined;
  /** See `ReadTagsOptions`. */
  readonly askSite?: (() => Promise<ReadError | null>) | undefined;
  /** What the other site says of the same tags. */
  readonly counterpart?: Counterpart | undefined;
  /** The site's, for all of a run's repositories: once it answered 304 where it must not, none is asked on condition. */
  readonly mistrust?: Mistrust | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
}

/** A catalog, or GitLab, names what must never be put into a URL: told as what it is, a repository that is not read. */
const ILLEGAL_PATH: ReadError = {
  code: 'REPOSITORY_PATH_INVALID',
  status: null,
  message: 'a list of repositories holds this name, which no repository can have: nothing was asked',
  hint: "Look at the registry's storage, or at GitLab's database, for it.",
};

/**
 * Reads one repository of one site. Never throws for what the site does, nor when interrupted: that is data, in
 * `errors`, and what was read stays.
 */
export async function collectRepository(
  client: RegistryClient,
  path: string,
  options: CollectOptions,
): Promise<RepositorySnapshot> {
  if (parseRepositoryPath(path) !== path) return unreadRepository(path, ILLEGAL_PATH);
  const { signal, wants, part, narrow, pool = createReadingPool() } = options;
  const isAskedByV1 = options.gitlabV1 || options.clientPath === 'gitlab-v1';
  const v1 = isAskedByV1 ? await listByGitlabApi(client, path, pool, signal) : null;
  const isByV1 = options.clientPath === 'gitlab-v1' && v1 !== null;
  const listing: Listing = isByV1 ? v1 : await listByDockerApi(client, path, signal);
  const gitlabV1 = v1?.error === null && v1.illegal.length === 0 ? tuplesOf(only(v1.tags, part)) : null;
  if (listing.error !== null) {
    return {
      path,
      present: listing.present,
      tags: [],
      errors: [listing.error],
      complete: { wide: false, narrow: false },
      firstPage: null,
      gitlabV1,
    };
  }
  // Of what the listing says all about, nothing is asked.
  const listed = isByV1 ? only(only(v1.tags, part), wants) : null;
  const wanted = only(only(listing.tags, part), wants);
  const unknown = listed === null ? wanted : filterList(listed, (entry) => !isKnown(entry, narrow));
  const total = wanted.length;
  let done = total - unknown.length;
  options.onProgress?.({ done, total });
  const read = await readTags(
    client,
    path,
    mapList(unknown, (tag) => knownTag(tag, options.before)),
    {
      narrow,
      pool,
      concurrency: options.concurrency,
      counterpart: options.counterpart,
      mistrust: options.mistrust,
      askSite: options.askSite,
      signal,
      onTag: () => options.onProgress?.({ done: ++done, total }),
    },
  );
  const illegal = listing.illegal.length === 0 ? [] : [illegalNames(path, listing.illegal)];
  const legal = illegal.length === 0;
  const tags = listed === null ? read.tags : withKnown(listed, read.tags, narrow);
  return {
    path,
    present: listing.present,
    tags: v1 === null || isByV1 ? tags : withPushTimes(tags, v1.tags, pool),
    errors: [...illegal, ...read.errors],
    complete: {
      wide: legal && read.complete.wide,
      narrow: legal && read.complete.narrow && (narrow !== 'off' || total === 0),
    },
    firstPage: listing.firstPage,
    ...(part && { listed: listing.tags.length }),
    gitlabV1,
  };
}

/** The tags that hold, where there is something to hold. */
function only<T extends { readonly name: string }>(
  tags: List<T>,
  holds: ((tag: string) => boolean) | undefined,
): List<T> {
  return holds === undefined ? tags : filterList(tags, ({ name }) => holds(name));
}

function tuplesOf(entries: List<TagEntry>): List<TagTuple> {
  return mapList(withoutTimes(entries), ({ name, reading }): TagTuple => [name, reading.digest]);
}

/** The v1 listing knows when a tag was pushed; that of another digest than the one read is another push. */
function withPushTimes(tags: List<TagEntry>, listed: List<TagEntry>, pool: ReadingPool): List<TagEntry> {
  const columns = createTagColumns(pool);
  const entries = listed[Symbol.iterator]();
  let entry = entries.next();
  for (const { name, reading } of tags) {
    while (!entry.done && compareBytes(entry.value.name, name) < 0) entry = entries.next();
    const other = entry.done || entry.value.name !== name ? null : entry.value.reading;
    const isSame = other?.state === 'resolved' && other.digest === reading.digest;
    if (isSame && reading.state === 'resolved' && other.publishedAt !== undefined)
      columns.add(name, { ...reading, publishedAt: other.publishedAt });
    else columns.add(name, reading);
  }
  return columns.list();
}

/**
 * What is known of a tag that is to be asked for: what the listing says, which is nothing without a digest, and how
 * it was read the first time.
 */
function knownTag(
  { name, reading }: { readonly name: string; readonly reading?: TagEntry['reading'] },
  before: CollectOptions['before'],
): KnownTag {
  if (reading?.state === 'resolved') return { name, known: reading };
  return { name, before: before?.get(name) };
}

function illegalNames(path: string, names: readonly string[]): ReadError {
  const shown = names.slice(0, 3).map((name) => JSON.stringify(name.slice(0, 140)));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return {
    code: 'TAG_NAME_INVALID',
    status: null,
    message: `the tag list of ${path} holds names that no tag can have: ${shown.join(', ')}${more}`,
    hint: "They were not asked for. Look at the registry's storage or database for them.",
  };
}
