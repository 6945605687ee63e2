import type { SiteConnection } from '../audit/identify-site.ts';
import type { Clock } from '../core/clock.ts';
import { forEachConcurrent } from '../core/concurrency.ts';
import { AuditError, messageOf } from '../errors.ts';
import type { CopyAction, DeleteAction, PlanAction, PlanRepository } from '../report/plan.ts';
import type { FixReport, Site } from '../report/report.ts';
import { ActionError } from './action-error.ts';
import type { ActionRun, WorkOutcome } from './action-run.ts';
import { createTagCopier, lacksContent } from './copy.ts';
import { createTagDeleter } from './delete.ts';
import { type DeleteCapability, listedTags } from './delete-by-tag.ts';
import { subjectOfTagName } from './plan-order.ts';
import { checkCopy, checkDelete, isOurs, type Precondition } from './preconditions.ts';
import type { SecondaryContent } from './secondary-content.ts';

type FixAction = FixReport['actions'][number];

/** All that carrying out a repository's actions needs, shared by the run. */
export interface RepositoryRun extends ActionRun {
  readonly sites: Readonly<Record<Site, SiteConnection>>;
  readonly options: {
    readonly dryRun?: boolean;
    readonly noDelete?: boolean;
    readonly noCopy?: boolean;
    readonly allowEmptyPrimary?: boolean;
    readonly incomplete?: ReadonlySet<string>;
    readonly copies: number;
  };
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly newId: () => string;
  readonly content: SecondaryContent;
  readonly chunk: { bytes: number };
  readonly capability: DeleteCapability;
}

const ALREADY = { outcome: 'done', detail: 'done by the run before this one' } as const;
const LISTED_AGAIN = 'changed since the plan: the primary lists the tag now';
const NOT_BEGUN = 'interrupted before it was begun';

/** Carries out one repository's actions: copies, then deletes. Gives the results in the plan's order. */
export async function executeRepository(
  { path, actions }: PlanRepository,
  run: RepositoryRun,
): Promise<FixAction[]> {
  const results = new Map<string, FixAction>();
  const open: PlanAction[] = [];
  for (const action of actions) {
    const earlier = run.earlier(path, action);
    if (earlier !== null) results.set(action.id, earlier);
    else if (action.type === 'none')
      results.set(action.id, run.leave(path, action, 'skipped', action.reason));
    else open.push(action);
  }
  for (const result of await copyTags(path, open.filter(isCopy), run)) results.set(result.id, result);
  const failed = [...results.values()].find(({ type, outcome }) => type === 'copy' && outcome === 'failed');
  const copyFailed = failed === undefined ? null : `a copy failed in this repository (${failed.tag})`;
  const unread = run.options.incomplete?.has(path) ? 'the repository could not be read completely' : null;
  const block = unread ?? copyFailed;
  for (const result of await deleteTags(path, open.filter(isDelete), block, run))
    results.set(result.id, result);
  return actions.flatMap(({ id }) => results.get(id) ?? []);
}

/** Repairs first, then images and indexes, then what is about a digest: no wave begins before the last has ended. */
async function copyTags(
  path: string,
  actions: readonly CopyAction[],
  run: RepositoryRun,
): Promise<FixAction[]> {
  const results: FixAction[] = [];
  const waves: CopyAction[][] = [[], [], []];
  for (const action of actions) waves[waveOf(action)]?.push(action);
  const copier = createTagCopier(
    { ...run, primary: run.sites.primary.client, secondary: run.sites.secondary.client },
    path,
  );
  for (const wave of waves) {
    await forEachConcurrent(wave, run.options.copies, async (action) => {
      if (run.options.noCopy)
        results.push(run.leave(path, action, 'skipped', 'not copied, as asked (--no-copy)'));
      else if (run.signal?.aborted) results.push(run.leave(path, action, 'skipped', NOT_BEGUN));
      else
        results.push(
          await run.perform(path, action, async (meter) => {
            const state = await checkCopy(run.sites, path, action, run.past(action), run);
            if (state.kind === 'skip') return { outcome: 'skipped', detail: state.detail };
            if (state.kind === 'already') return ALREADY;
            if (run.options.dryRun) return wouldBe(`copied (${action.digest})`);
            const content = await copier.copyContent(action, meter);
            // Copying may have taken long: each write is about what the tags are now.
            const write = async (): Promise<WorkOutcome> => {
              const now = await checkCopy(run.sites, path, action, run.past(action), run);
              if (now.kind === 'skip') return { outcome: 'skipped', detail: now.detail };
              if (now.kind === 'already') return ALREADY;
              await copier.pushTag(action, content, now.secondary, meter);
              return { outcome: 'done', detail: `copied ${action.digest}` };
            };
            try {
              return await write();
            } catch (error) {
              if (!lacksContent(error)) throw error;
              await copier.copyAgain(content, meter);
              return write();
            }
          }),
        );
    });
  }
  return results;
}

function waveOf({ tag, reason }: CopyAction): number {
  if (reason === 'UNRESOLVABLE') return 0;
  return subjectOfTagName(tag) === null ? 1 : 2;
}

async function deleteTags(
  path: string,
  actions: readonly DeleteAction[],
  block: string | null,
  run: RepositoryRun,
): Promise<FixAction[]> {
  const { sites, capability, newId, record, options } = run;
  const first = actions[0];
  if (first === undefined) return [];
  // Where an earlier run got as far as a placeholder, the tag may still bear it.
  const isLeft = (action: DeleteAction) => run.past(action).placeholders.size > 0;
  const listed = options.noDelete && !actions.some(isLeft) ? new Set<string>() : await primaryTags(path, run);
  const mayGo = ({ tag }: DeleteAction) => typeof listed !== 'string' && !listed.has(tag);
  const check = async (action: DeleteAction): Promise<Precondition> => {
    const past = run.past(action);
    const state = await checkDelete(sites, path, action, past, { clock: run.clock });
    if (state.kind !== 'go' || isOurs(state.secondary, past) || mayGo(action)) return state;
    if (typeof listed === 'string') throw new ActionError('REFUSED', `not deleted, because ${listed}`);
    return { kind: 'skip', detail: LISTED_AGAIN };
  };
  const secondary = sites.secondary.client;
  // Where deletes are held back, a broken tag gets no placeholder on behalf of one that is only finished.
  const heldBack = options.noDelete || block !== null;
  const doomed = actions.filter((action) => isLeft(action) || (!heldBack && mayGo(action)));
  const deleter = createTagDeleter(
    { secondary, capability, clock: run.clock, newId, record, check },
    path,
    doomed,
  );
  const results: FixAction[] = [];
  for (const action of actions) {
    // What an earlier run or this one has put a placeholder under must not be left so.
    const isHalfway = deleter.isHalfway(action) || isLeft(action);
    if (options.noDelete && !isHalfway)
      results.push(run.leave(path, action, 'skipped', 'not deleted, as asked (--no-delete)'));
    else if (run.signal?.aborted && !deleter.isHalfway(action))
      results.push(run.leave(path, action, 'skipped', NOT_BEGUN));
    else if (block !== null && !isHalfway)
      results.push(run.leave(path, action, 'skipped', `not deleted, because ${block}`));
    else if (typeof listed === 'string' && !isHalfway)
      results.push(run.leave(path, action, 'failed', `not deleted, because ${listed}`));
    else
      results.push(
        await run.perform(
          path,
          action,
          async () => {
            if (!mayGo(action) && !isHalfway) return { outcome: 'skipped', detail: LISTED_AGAIN };
            if (!options.dryRun) return deleter.delete(action);
            const state = await check(action);
            return state.kind === 'skip' ? { outcome: 'skipped', detail: state.detail } : wouldBe('deleted');
          },
          deleter.isHalfway(action),
        ),
      );
  }
  return results;
}

/** The primary's tags now, or why nothing may be deleted on the strength of them. */
async function primaryTags(path: string, run: RepositoryRun): Promise<ReadonlySet<string> | string> {
  try {
    const tags = await listedTags(run.sites.primary.client, path, 'primary', run.signal);
    if (tags.size > 0 || run.options.allowEmptyPrimary) return tags;
    return `the primary lists no tag of ${path} (--allow-empty-primary)`;
  } catch (error) {
    if (run.signal?.aborted) return NOT_BEGUN;
    if (!(error instanceof AuditError || error instanceof ActionError)) throw error;
    return messageOf(error);
  }
}

function wouldBe(what: string): { outcome: 'skipped'; detail: string } {
  return { outcome: 'skipped', detail: `dry run: would be ${what}` };
}

function isCopy(action: PlanAction): action is CopyAction {
  return action.type === 'copy';
}

function isDelete(action: PlanAction): action is DeleteAction {
  return action.type === 'delete';
}
