import { WIDE } from '../core/accept.ts';
import { matchesDigest } from '../core/digest.ts';
import { AuditError, messageOf, TransportError } from '../errors.ts';
import { deleteManifest } from '../registry/delete-manifest.ts';
import { getManifest } from '../registry/manifests.ts';
import { putManifest } from '../registry/put-manifest.ts';
import type { Refusal } from '../registry/registry-client.ts';
import type { DeleteAction } from '../report/plan.ts';
import { ActionError, refusedAction, wordsOf } from './action-error.ts';
import type { DeleteContext, DeleteOutcome } from './delete.ts';
import { isListed } from './delete-by-tag.ts';
import { assertDeleteEnabled, metAnotherWriter } from './delete-preconditions.ts';
import { isPlaceholderOf, placeholderFor, pushPlaceholderConfig } from './placeholder.ts';
import { BROKEN_LINK, isBroken, surveyTags, type TagSurvey } from './survey-tags.ts';
import { inWords, readTagState } from './tag-state.ts';

/** Deletes single tags on a registry that can delete by digest only (`docs/facts.md` §6). */
export interface PlaceholderDeleter {
  /** @param left the digest of a placeholder that an earlier run left under the tag */
  delete(action: DeleteAction, left?: string): Promise<DeleteOutcome>;
  isHalfway(action: DeleteAction): boolean;
}

/** Deletes of one tag that met another one being written. */
const MOST_ATTEMPTS = 8;
/** The longest first pause between them; each further one is longer by as much. */
const PAUSE_MS = 250;

/**
 * The placeholder way: a manifest that nothing else can be equal to is pushed under the tag, and that manifest's
 * digest is deleted, which takes the tag with it and no other. It is in the journal before it is pushed.
 *
 * Before the first, the repository is looked at once. While any tag's link is broken, Distribution answers 500 to
 * every delete by digest, after it has removed the manifest. So broken tags that are to be deleted get their
 * placeholders first, all of them, and where another tag is broken nothing is begun.
 */
export function createPlaceholderDeleter(
  context: DeleteContext,
  path: string,
  doomed: readonly DeleteAction[],
): PlaceholderDeleter {
  const { secondary, clock, check, record, newId } = context;
  const pushed = new Map<string, string>();
  /** What was finished before its turn came, because the preparation failed; by the action's id, in words. */
  const finished = new Map<string, string>();
  /** How many tags bore a digest when the repository was looked at. */
  let borne: TagSurvey['bearers'] = new Map();
  let prepared: Promise<void> | null = null;

  async function prepare(): Promise<void> {
    await assertDeleteEnabled(secondary, path, newId());
    const { broken, bearers } = await surveyTags(secondary, path);
    borne = bearers;
    const ours = doomed.filter(({ tag }) => broken.has(tag));
    for (const { tag } of ours) broken.delete(tag);
    const [stranger] = broken;
    if (stranger !== undefined) {
      throw new ActionError(
        'REFUSED',
        `the tag ${stranger} is broken on the secondary (HTTP 5xx), and while it is, a delete by digest fails after the ` +
          'manifest is gone; nothing was begun. Repair or remove that tag first',
      );
    }
    for (const action of ours) await mayGo(action);
    await pushPlaceholderConfig(secondary, path);
    try {
      for (const action of ours) {
        // Again: the ones before it took their time.
        if (await mayGo(action)) await push(action);
      }
    } catch (error) {
      await finishBegun(ours);
      throw error;
    }
  }

  /** False for a tag that changed and is not broken any more: another fix has repaired it, and it is in nobody's way. */
  async function mayGo(action: DeleteAction): Promise<boolean> {
    const state = await check(action);
    if (state.kind === 'go') return true;
    if (!(await isBroken(secondary, path, action.tag))) return false;
    const why = state.kind === 'skip' ? state.detail : 'already done';
    throw new ActionError('REFUSED', `the broken tag ${action.tag} is in the way of every delete: ${why}`);
  }

  /** No placeholder is left behind by a preparation that failed. */
  async function finishBegun(actions: readonly DeleteAction[]): Promise<void> {
    for (const action of actions) {
      const placeholder = pushed.get(action.id);
      if (placeholder === undefined) continue;
      try {
        finished.set(action.id, await finish(action, placeholder));
      } catch (error) {
        // What failed first is what is told; a placeholder that could not be removed is in the journal.
        if (!(error instanceof ActionError || error instanceof AuditError)) throw error;
      }
    }
  }

  async function push(action: DeleteAction): Promise<string> {
    const { id, tag } = action;
    const placeholder = placeholderFor(path, tag, newId());
    record({ id, step: 'placeholder', digest: placeholder.digest });
    let failure: unknown = null;
    try {
      const refusal = await putManifest(secondary, path, tag, placeholder);
      if (refusal !== null) failure = refusedAction(`push a placeholder under ${path}:${tag}`, refusal);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      failure = error;
    }
    // Until the tag says otherwise, it may bear the placeholder.
    pushed.set(id, placeholder.digest);
    if (failure === null) return placeholder.digest;
    const state = await readTagState(secondary, path, tag, 'secondary');
    if (state.kind === 'resolved' && state.digest === placeholder.digest) return placeholder.digest;
    pushed.delete(id);
    const refused = failure instanceof ActionError ? (failure.status ?? 0) : BROKEN_LINK;
    // The manifest may have been stored all the same, and only the tag not been moved: nothing else bears it.
    if (refused >= BROKEN_LINK)
      await deleteManifest(secondary, path, placeholder.digest).catch(ignoreTransport);
    throw failure;
  }

  async function finish(action: DeleteAction, placeholder: string): Promise<string> {
    const { tag } = action;
    const before = await readTagState(secondary, path, tag, 'secondary');
    const isOurs = before.kind === 'resolved' && before.digest === placeholder;
    // Also when the tag bears something else by now: what goes with the placeholder is what bears the placeholder.
    let answered = '';
    let refusal: Refusal | null = null;
    try {
      refusal = await deleteManifest(secondary, path, placeholder);
      if (refusal !== null) answered = wordsOf(refusal);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      answered = messageOf(error);
    }
    if (!(await isListed(secondary, path, tag))) {
      pushed.delete(action.id);
      return answered === ''
        ? 'deleted by a placeholder'
        : `deleted by a placeholder, although the answer was: ${answered}`;
    }
    if (!isOurs) {
      throw new ActionError(
        'CONTENT',
        `somebody pushed the tag while it was being deleted: ${inWords(before)}`,
      );
    }
    const outcome = await cleanUp(action, placeholder);
    throw new ActionError(
      'REFUSED',
      `could not delete ${path}:${tag} on the secondary: ${answered || 'the tag is still listed'}; ${outcome}`,
      refusal ?? undefined,
    );
  }

  /** After a failed delete: what the tag was before, as far as that can be had. Gives what it is now. */
  async function cleanUp(action: DeleteAction, placeholder: string): Promise<string> {
    const { tag, expects } = action;
    let state = await readTagState(secondary, path, tag, 'secondary');
    // What somebody else has put there meanwhile is theirs.
    const isOthers = state.kind === 'resolved' && state.digest !== placeholder;
    if (expects !== null && !isOthers) {
      const old = await getManifest(secondary, path, expects, WIDE);
      if (old.kind === 'found' && old.mediaType !== null && matchesDigest(old.bytes, expects)) {
        const { bytes, mediaType } = old;
        await putManifest(secondary, path, tag, { bytes, mediaType });
        state = await readTagState(secondary, path, tag, 'secondary');
      }
    }
    if (state.kind === 'resolved' && state.digest === placeholder) {
      await deleteManifest(secondary, path, placeholder);
      state = await readTagState(secondary, path, tag, 'secondary');
    }
    if (state.kind === 'resolved' && state.digest === placeholder) {
      return 'the placeholder is still under the tag: go on with --resume when the registry works again';
    }
    // Nothing bears it any more, and nothing lists it: left alone it would lie there for ever.
    if (state.kind === 'resolved') await deleteManifest(secondary, path, placeholder).catch(ignoreTransport);
    pushed.delete(action.id);
    if (state.kind === 'unresolvable') return `the tag is there and does not resolve (HTTP ${state.status})`;
    return state.digest === expects ? 'the tag was given its digest back' : `the tag is now ${state.digest}`;
  }

  /** Whether the tag bears a placeholder of a run whose journal is not known, and no other tag bears it. */
  async function isLeftover({ tag, expects }: DeleteAction): Promise<boolean> {
    if (expects === null || borne.get(expects) !== 1) return false;
    const manifest = await getManifest(secondary, path, expects, WIDE);
    return (
      manifest.kind === 'found' &&
      matchesDigest(manifest.bytes, expects) &&
      isPlaceholderOf(manifest.bytes, path, tag)
    );
  }

  async function remove(action: DeleteAction): Promise<DeleteOutcome> {
    const already = pushed.get(action.id);
    if (already !== undefined) return { outcome: 'done', detail: await finish(action, already) };
    const state = await check(action);
    if (state.kind === 'skip') return { outcome: 'skipped', detail: state.detail };
    const isThere = state.kind === 'go' && state.secondary.kind === 'resolved';
    if (!isThere && !(await isListed(secondary, path, action.tag)))
      return { outcome: 'done', detail: 'already gone' };
    if (isThere && action.expects !== null && (await isLeftover(action)))
      return { outcome: 'done', detail: await finish(action, action.expects) };
    return { outcome: 'done', detail: await finish(action, await push(action)) };
  }

  return {
    isHalfway: ({ id }) => pushed.has(id) || finished.has(id),
    async delete(action, left) {
      if (left !== undefined) pushed.set(action.id, left);
      prepared ??= prepare();
      try {
        await prepared;
      } catch (error) {
        const detail = finished.get(action.id);
        if (detail === undefined) throw error;
        return { outcome: 'done', detail };
      }
      for (let attempt = 1; ; attempt++) {
        try {
          return await remove(action);
        } catch (error) {
          if (attempt === MOST_ATTEMPTS || !(await metAnotherWriter(secondary, path, error))) throw error;
          await clock.sleep(clock.random() * PAUSE_MS * attempt);
        }
      }
    },
  };
}

/** What failed first is what is told. */
function ignoreTransport(error: unknown): void {
  if (!(error instanceof TransportError)) throw error;
}
