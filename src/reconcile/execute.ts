import { randomUUID } from 'node:crypto';
import type { SiteConnection } from '../audit/identify-site.ts';
import type { Clock } from '../core/clock.ts';
import { limitNow } from '../core/concurrency.ts';
import type { Plan } from '../report/plan.ts';
import type { FixReport, Site } from '../report/report.ts';
import type { FixEvent } from './action-run.ts';
import { createActionRun } from './action-run.ts';
import type { DeleteCapability } from './delete-by-tag.ts';
import { executeRepository } from './execute-repository.ts';
import type { Journal } from './journal.ts';
import { createSecondaryContent } from './secondary-content.ts';
import { createSiteHealth } from './site-health.ts';

/** What became of one action, as the report's `fix.actions` has it. */
export type FixAction = FixReport['actions'][number];

export interface ExecuteOptions {
  /** Read and check everything, write nothing. */
  readonly dryRun?: boolean;
  readonly noDelete?: boolean;
  readonly noCopy?: boolean;
  readonly allowEmptyPrimary?: boolean;
  /** Repositories that could not be read completely just before: nothing is deleted in them. */
  readonly incomplete?: ReadonlySet<string>;
  /** Tags copied at once. Default 4, and never more than the requests that either site allows. */
  readonly copies?: number;
  /** The largest `PATCH` of a blob upload, in bytes. Default 64 MiB. */
  readonly chunkBytes?: number;
}

export interface ExecuteContext {
  readonly clock: Clock;
  /** Begins no further action when aborted; copies under way end, a delete under way is finished. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: FixEvent) => void) | undefined;
  /** null for a dry run alone. */
  readonly journal: Journal | null;
  /** Never gives the same text twice; random by default. */
  readonly newId?: () => string;
}

const DEFAULT_COPIES = 4;
const DEFAULT_CHUNK_BYTES = 64 * 1024 * 1024;

/**
 * Carries out a plan on the secondary and says what became of every action, in the plan's order. Repositories one
 * after the other; in each the copies first, some at a time, then the deletes, one at a time. Nothing is ever
 * written to the primary, and no tag is written that the plan does not name.
 *
 * What a registry refuses or fails to answer is a failed action, and the others go on; a tag that is not as the
 * plan expects is skipped. A repository where a copy failed loses no tag. The guards are the caller's to ask first.
 *
 * Nothing is done that the journal does not know: when it cannot be written any more, what is under way is finished
 * and every other action is a failed one that says so.
 *
 * @throws TypeError without a journal unless it is a dry run
 */
export async function executePlan(
  plan: Plan,
  sites: Readonly<Record<Site, SiteConnection>>,
  options: ExecuteOptions,
  context: ExecuteContext,
): Promise<FixAction[]> {
  const { clock, signal, journal } = context;
  if (journal === null && !options.dryRun) throw new TypeError('a plan is carried out with a journal only');
  const most = Math.min(limitNow(sites.primary.concurrency), limitNow(sites.secondary.concurrency));
  const copies = Math.max(1, Math.min(options.copies ?? DEFAULT_COPIES, most));
  const run = {
    ...createActionRun(journal, createSiteHealth(sites, signal), context),
    sites,
    options: { ...options, copies },
    clock,
    signal,
    newId: context.newId ?? randomUUID,
    content: createSecondaryContent(copies),
    chunk: { bytes: options.chunkBytes ?? DEFAULT_CHUNK_BYTES },
    capability: { way: 'unknown' } as DeleteCapability,
  };
  const results: FixAction[][] = [];
  for (const repository of plan.repositories) results.push(await executeRepository(repository, run));
  return results.flat();
}
