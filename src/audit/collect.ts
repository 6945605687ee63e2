import { compareBytes } from '../core/byte-order.ts';
import type { ResolvedTag } from '../core/tag-reading.ts';
import { type GitlabTag, listGitlabTags } from '../registry/gitlab-tags.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { listTags } from '../registry/tags.ts';
import type { ReadError, RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';
import { errorOfFault, errorOfRefusal } from './read-failure.ts';
import { type KnownTag, type NarrowMode, readTags } from './read-tags.ts';
import type { ReadingPool } from './reading-pool.ts';

export interface CollectOptions {
  readonly clientPath: ClientPath;
  /** Whether the site has the GitLab v1 API; its listing is read whatever the client path. */
  readonly gitlabV1: boolean;
  readonly narrow: NarrowMode;
  readonly pool?: ReadingPool;
  readonly concurrency: number;
  /** Resolve these tags only, of those listed: the settle pause's second reading. */
  readonly only?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
}

/** The tags of a repository as one listing gave them, or why there is none. */
interface Listing {
  readonly present: boolean | null;
  readonly tags: readonly KnownTag[];
  readonly illegal: readonly string[];
  readonly firstPage: number | null;
  readonly error: ReadError | null;
}

const NO_TAGS = { tags: [], illegal: [], firstPage: null } as const;

/**
 * Reads one repository of one site. Never throws for what the site does, nor when interrupted: that is data, in
 * `errors`, and what was read stays.
 */
export async function collectRepository(
  client: RegistryClient,
  path: string,
  options: CollectOptions,
): Promise<RepositorySnapshot> {
  const { signal } = options;
  const v1 = options.gitlabV1 ? await listByGitlabApi(client, path, signal) : null;
  const listing =
    options.clientPath === 'gitlab-v1' && v1 !== null ? v1 : await listByDockerApi(client, path, signal);
  const gitlabV1 = v1?.error === null && v1.illegal.length === 0 ? v1.tuples : null;
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
  const { only } = options;
  const wanted = only === undefined ? listing.tags : listing.tags.filter(({ name }) => only.has(name));
  const total = wanted.length;
  let done = 0;
  options.onProgress?.({ done, total });
  const read = await readTags(client, path, wanted, {
    narrow: options.narrow,
    ...(options.pool && { pool: options.pool }),
    concurrency: options.concurrency,
    signal,
    onTag: () => options.onProgress?.({ done: ++done, total }),
  });
  const illegal = listing.illegal.length === 0 ? [] : [illegalNames(path, listing.illegal)];
  const legal = illegal.length === 0;
  return {
    path,
    present: listing.present,
    tags: v1 === null || v1 === listing ? read.tags : withPushTimes(read.tags, v1.tags),
    errors: [...illegal, ...read.errors],
    complete: { wide: legal && read.complete.wide, narrow: legal && read.complete.narrow },
    firstPage: listing.firstPage,
    gitlabV1,
  };
}

/** The v1 listing knows when a tag was pushed; that of another digest than the one read is another push. */
function withPushTimes(tags: readonly TagEntry[], listed: readonly KnownTag[]): readonly TagEntry[] {
  const known = new Map(listed.map((tag) => [tag.name, tag.known]));
  return tags.map((tag) => {
    const { publishedAt, digest } = known.get(tag.name) ?? {};
    const { reading } = tag;
    if (publishedAt === undefined || reading.state !== 'resolved' || reading.digest !== digest) return tag;
    return { ...tag, reading: { ...reading, publishedAt } };
  });
}

async function listByDockerApi(
  client: RegistryClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  try {
    const answer = await listTags(client, path, signal);
    switch (answer.kind) {
      case 'unknown-repository':
        return { present: false, ...NO_TAGS, error: null };
      case 'refused':
        return {
          present: null,
          ...NO_TAGS,
          error: errorOfRefusal(answer.refusal, `read the tag list of ${path}`),
        };
      case 'listed': {
        const tags = answer.names.map((name) => ({ name }));
        return { present: true, tags, illegal: answer.illegal, firstPage: answer.firstPage, error: null };
      }
    }
  } catch (fault) {
    return { present: null, ...NO_TAGS, error: errorOfFault(fault, signal) };
  }
}

async function listByGitlabApi(
  client: RegistryClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Listing & { readonly tuples: readonly TagTuple[] }> {
  try {
    const answer = await listGitlabTags(client, path, signal);
    switch (answer.kind) {
      case 'unknown-repository':
        return { present: false, ...NO_TAGS, error: null, tuples: [] };
      case 'refused': {
        const error = errorOfRefusal(answer.refusal, `read the GitLab v1 tag list of ${path}`);
        return { present: null, ...NO_TAGS, error, tuples: [] };
      }
      case 'listed': {
        const tags = answer.tags.map(knownTag);
        const tuples = answer.tags.map(({ name, digest }): TagTuple => [name, digest]);
        tuples.sort(([a], [b]) => compareBytes(a, b));
        return { present: true, tags, illegal: answer.illegal, firstPage: null, error: null, tuples };
      }
    }
  } catch (fault) {
    return { present: null, ...NO_TAGS, error: errorOfFault(fault, signal), tuples: [] };
  }
}

/** An entry without a digest says nothing, so such a tag is asked for like any other. */
function knownTag({ name, digest, mediaType, publishedAt }: GitlabTag): KnownTag {
  if (digest === null) return { name };
  const known: ResolvedTag = {
    state: 'resolved',
    digest,
    mediaType,
    narrow: null,
    ...(publishedAt !== null && { publishedAt }),
  };
  return { name, known };
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
