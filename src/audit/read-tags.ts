import { NARROW, WIDE } from '../core/accept.ts';
import { compareBytes } from '../core/byte-order.ts';
import { type ConcurrencyLimit, forEachConcurrent } from '../core/concurrency.ts';
import type { List } from '../core/list.ts';
import type { NarrowReading, ResolvedTag } from '../core/tag-reading.ts';
import { AuditError } from '../errors.ts';
import { headKnownManifest, headManifest } from '../registry/manifests.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { isTagAnswer, resolveTag, type TagAnswer } from '../registry/resolve-tag.ts';
import { type Mistrust, ServedManifests } from '../registry/served-manifests.ts';
import type { ReadError, TagEntry } from '../report/snapshot.ts';
import { narrowWithoutAsking } from '../verifier/profiles.ts';
import { type Counterpart, puttingOff } from './counterpart.ts';
import { ErrorGroups } from './error-groups.ts';
import { explainNarrowly, explainRefusals, siteFaultOf } from './explain-refusals.ts';
import { type Outage, watchForOutage } from './outage.ts';
import { errorOfFault, errorOfRefusal, INTERRUPTED } from './read-failure.ts';
import { createReadingPool, type ReadingPool } from './reading-pool.ts';
import { createTagColumns } from './tag-columns.ts';
import {
  createTroubles,
  isServerError,
  noteRefusal,
  serverErrors,
  type Troubles,
  withdraw,
} from './tag-troubles.ts';

/** When the narrow HEAD is sent: where its answer is not known, for every tag, or never. */
export type NarrowMode = 'auto' | 'all' | 'off';

export interface ReadTagsOptions {
  readonly narrow: NarrowMode;
  /** Shared by both sites of a comparison, so that what they answer alike is kept once. */
  readonly pool?: ReadingPool;
  /** Tags being read at once; the transport's limit is what holds. */
  readonly concurrency: ConcurrencyLimit;
  readonly signal?: AbortSignal | undefined;
  /** What the other site of a comparison says of the same tags; absent where there is none to be listened to. */
  readonly counterpart?: Counterpart | undefined;
  /** What was found out of the site's answers to conditions, in this and earlier readings. */
  readonly mistrust?: Mistrust | undefined;
  /** Called after each tag. */
  readonly onTag?: () => void;
}

/** What is known of a tag's digest before it is asked for: nothing, or what a listing said, so that only narrow is asked. */
export type KnownTag = {
  readonly name: string;
  readonly known?: ResolvedTag;
  /** An earlier reading of this run, which stands while the tag leads to the same digest. */
  readonly before?: ResolvedTag | undefined;
};

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
  const { signal, concurrency, counterpart } = options;
  const columns = createTagColumns(options.pool ?? createReadingPool());
  const troubles = createTroubles();
  const done: TagDone = (name, reading) => {
    if (reading !== null) columns.add(name, reading);
    options.onTag?.();
  };
  const served = new ServedManifests(options.mistrust);
  const outage = watchForOutage(client, signal);
  const reading = { served, troubles, outage };
  const readAll = (tags: Iterable<KnownTag>, told: TagDone) =>
    forEachConcurrent(tags, concurrency, (tag) => readTag(client, path, tag, options, reading, told));
  const siteFaultNow = async () =>
    serverErrors(troubles).length === 0 ? null : await siteFaultOf(client, signal);
  await readAll(counterpart === undefined ? wanted : puttingOff(wanted, counterpart, concurrency), done);
  let siteFault = await siteFaultNow();
  const doubtful = siteFault === null ? serverErrors(troubles) : [];
  if (doubtful.length > 0) {
    // The site is well now, and may not have been when it said so: only what it says again is about the tag.
    await readAll(withdraw(troubles, doubtful), (name, reading) => {
      if (reading !== null) columns.add(name, reading);
    });
    siteFault = await siteFaultNow();
  }
  outage.end();
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

/** What the tags of one reading have in common. */
interface Reading {
  readonly served: ServedManifests;
  readonly troubles: Troubles;
  readonly outage: Outage;
}

/** Told once for each tag: the reading of a healthy one; null where there is trouble, which is then in `troubles`. */
type TagDone = (name: string, reading: ResolvedTag | null) => void;

/** Reads one tag. One promise, and no more: of a million tags each one is felt. */
async function readTag(
  client: RegistryClient,
  path: string,
  { name, known, before }: KnownTag,
  { narrow, signal, counterpart, mistrust }: ReadTagsOptions,
  { served, troubles, outage }: Reading,
  done: TagDone,
): Promise<void> {
  if (signal?.aborted || outage.fault !== null) {
    troubles.failed.set(name, outage.fault ?? INTERRUPTED);
    return;
  }
  const mayConfirm = before !== undefined && !mistrust?.isMistrusted;
  if (mayConfirm && (await isUnchanged(client, path, name, before, outage.signal))) return done(name, before);
  let read: WideReading;
  const company = known === undefined ? counterpart : undefined;
  const hint = company?.isHearing ? { served, expected: company.expected(name) } : undefined;
  try {
    if (known !== undefined) read = known;
    else {
      read = wideReading(await resolveTag(client, path, name, WIDE, outage.signal, hint), path);
      if ('status' in read && (read.status ?? 0) >= 500) await outage.unanswered();
      else outage.answered();
    }
  } catch (fault) {
    read = outage.fault ?? errorOfFault(fault, signal);
    await outage.unanswered();
  }
  const wide = read;
  if ('message' in wide) {
    troubles.failed.set(name, wide);
    return done(name, null);
  }
  const refused = !('digest' in wide);
  // Who was told has asked by now, and will not want to hear it.
  if (!refused && hint?.expected === undefined) company?.tell(name, wide.digest);
  if (hint !== undefined && !served.mayBeAsked) company?.stopHearing();
  if (refused) troubles.refused.set(name, wide.status);
  if (narrow === 'off') return done(name, refused ? null : wide);
  const listed = refused ? ({ state: 'unresolvable' } as const) : wide;
  const derived = narrow === 'all' ? null : narrowWithoutAsking(listed);
  const answer = derived ?? (await readNarrow(client, path, name, outage, signal));
  // A 5xx may be the whole site's, which shows only when all are read.
  if (!refused && 'state' in answer && (answer.status ?? 0) < 500) {
    const reading = { ...wide, narrow: answer };
    if (answer.state === 'unresolvable') noteRefusal(name, reading, troubles);
    return done(name, reading);
  }
  troubles.narrow.set(name, answer);
  if (!refused) troubles.wide.set(name, wide);
  done(name, null);
}

/**
 * Whether a tag leads where it led a moment ago. A 304 proves no more than that, so it is asked of tags alone that
 * this run has resolved already; the answer to anything else is left to the full question.
 */
async function isUnchanged(
  client: RegistryClient,
  path: string,
  name: string,
  { digest }: ResolvedTag,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    return (await headKnownManifest(client, path, name, WIDE, digest, signal)).kind === 'unchanged';
  } catch (fault) {
    if (fault instanceof AuditError || signal?.aborted) return false;
    throw fault;
  }
}

type WideReading = ResolvedTag | { readonly status: number } | ReadError;

function wideReading(answer: TagAnswer, path: string): WideReading {
  switch (answer.kind) {
    case 'resolved':
      return { state: 'resolved', digest: answer.digest, mediaType: answer.mediaType, narrow: null };
    case 'refused':
      return { status: answer.status };
    case 'failed':
      return errorOfRefusal(answer.refusal, `read the manifest of tags in ${path}`);
  }
}

async function readNarrow(
  client: RegistryClient,
  path: string,
  name: string,
  outage: Outage,
  signal?: AbortSignal,
): Promise<NarrowReading | ReadError> {
  if (outage.fault !== null) return outage.fault;
  try {
    const head = await headManifest(client, path, name, NARROW, outage.signal);
    if (head.kind === 'refused' && head.status >= 500) await outage.unanswered();
    else outage.answered();
    if (head.kind === 'found') {
      // Without a digest header the verifier gets nil, whatever the body would say.
      const state = head.digest === null ? 'unresolvable' : 'resolved';
      return { state, digest: head.digest, status: 200, probed: true };
    }
    if (isTagAnswer(head.status)) {
      return { state: 'unresolvable', digest: null, status: head.status, probed: true };
    }
    const refusal = {
      status: head.status,
      code: null,
      message: `HTTP ${head.status} under the narrow Accept`,
    };
    return errorOfRefusal(refusal, `read the manifest of tags in ${path}`);
  } catch (fault) {
    const error = outage.fault ?? errorOfFault(fault, signal);
    await outage.unanswered();
    return error;
  }
}
