import { NARROW, WIDE } from '../core/accept.ts';
import type { NarrowReading, ResolvedTag } from '../core/tag-reading.ts';
import { AuditError } from '../errors.ts';
import { headKnownManifest, headManifest } from '../registry/manifests.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { isTagAnswer, resolveTag, type TagAnswer } from '../registry/resolve-tag.ts';
import type { Mistrust, ServedManifests } from '../registry/served-manifests.ts';
import type { ReadError } from '../report/snapshot.ts';
import { narrowWithoutAsking } from '../verifier/profiles.ts';
import type { Counterpart } from './counterpart.ts';
import type { Outage } from './outage.ts';
import { errorOfFault, errorOfRefusal, INTERRUPTED } from './read-failure.ts';
import { noteRefusal, type Troubles } from './tag-troubles.ts';

/** When the narrow HEAD is sent: where its answer is not known, for every tag, or never. */
export type NarrowMode = 'auto' | 'all' | 'off';

export interface ReadTagOptions {
  readonly narrow: NarrowMode;
  readonly signal?: AbortSignal | undefined;
  /** What the other site of a comparison says of the same tags; absent where there is none to be listened to. */
  readonly counterpart?: Counterpart | undefined;
  /** What was found out of the site's answers to conditions, in this and earlier readings. */
  readonly mistrust?: Mistrust | undefined;
}

/** What is known of a tag's digest before it is asked for: nothing, or what a listing said, so that only narrow is asked. */
export type KnownTag = {
  readonly name: string;
  readonly known?: ResolvedTag;
  /** An earlier reading of this run, which stands while the tag leads to the same digest. */
  readonly before?: ResolvedTag | undefined;
};

/** What the tags of one reading have in common. */
export interface Reading {
  readonly served: ServedManifests;
  readonly troubles: Troubles;
  readonly outage: Outage;
}

/** Told once for each tag: the reading of a healthy one; null where there is trouble, which is then in `troubles`. */
export type TagDone = (name: string, reading: ResolvedTag | null) => void;

/**
 * Reads one tag under the wide profile, and under the narrow one where asked. What is no reading is put into `troubles`.
 * One promise, and no more: of a million tags each one is felt.
 *
 * @throws what is no fault of a site's: a defect
 */
export async function readTag(
  client: RegistryClient,
  path: string,
  { name, known, before }: KnownTag,
  { narrow, signal, counterpart, mistrust }: ReadTagOptions,
  { served, troubles, outage }: Reading,
  done: TagDone,
): Promise<void> {
  if (signal?.aborted || outage.fault !== null) {
    troubles.failed.set(name, outage.fault ?? INTERRUPTED);
    return;
  }
  const mayConfirm = before !== undefined && !mistrust?.isMistrusted;
  if (mayConfirm && (await isUnchanged(client, path, name, before, outage.signal))) {
    outage.answered();
    return done(name, before);
  }
  let read: WideReading;
  const company = known === undefined ? counterpart : undefined;
  const hint = company?.isHearing ? { served, expected: company.expected(name) } : undefined;
  try {
    if (known !== undefined) read = known;
    else {
      read = wideReading(await resolveTag(client, path, name, WIDE, outage.signal, hint), path);
      if ('digest' in read || (read.status ?? 0) < 500) outage.answered();
      else await outage.unanswered(serverError(path, read.status));
    }
  } catch (fault) {
    read = outage.fault ?? errorOfFault(fault, signal);
    await outage.unanswered(read);
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

/** A 5xx of a tag as an error, should it turn out to be none of the tag's own. */
function serverError(path: string, status: number | null): ReadError {
  const refusal = { status: status ?? 500, code: null, message: `HTTP ${status}` };
  return errorOfRefusal(refusal, `read the manifest of tags in ${path}`);
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
    if (head.kind === 'refused' && head.status >= 500)
      await outage.unanswered(serverError(path, head.status));
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
    await outage.unanswered(error);
    return error;
  }
}
