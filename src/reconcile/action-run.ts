import { AuditError, messageOf } from '../errors.ts';
import type { PlanAction } from '../report/plan.ts';
import type { FixReport } from '../report/report.ts';
import { ActionError } from './action-error.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { PastAttempt } from './preconditions.ts';
import type { SiteHealth } from './site-health.ts';

type FixAction = FixReport['actions'][number];

/** What happens while a plan is carried out, for whoever shows it. */
export type FixEvent =
  | { readonly type: 'action-start'; readonly repository: string; readonly action: PlanAction }
  | { readonly type: 'action-done'; readonly result: FixAction }
  /** Bytes handed to the secondary since the last of these. */
  | { readonly type: 'bytes'; readonly id: string; readonly bytes: number };

/** How one piece of work ended, when it was not a failure. */
export type WorkOutcome = { readonly outcome: 'done' | 'skipped'; readonly detail: string };

/** Turns work into results: journal, events, and failures as data. */
export interface ActionRun {
  /** What an earlier run did, if it did it for good. */
  earlier(repository: string, action: PlanAction): FixAction | null;
  past(action: PlanAction): PastAttempt;
  record(entry: JournalEntry): void;
  /** An action that is not tried. */
  leave(repository: string, action: PlanAction, outcome: 'skipped' | 'failed', detail: string): FixAction;
  /** Does one action between its lines in the journal. */
  perform(
    repository: string,
    action: PlanAction,
    work: (meter: (bytes: number) => void) => Promise<WorkOutcome>,
  ): Promise<FixAction>;
}

export function createActionRun(
  journal: Journal | null,
  health: SiteHealth,
  {
    signal,
    onEvent,
  }: { signal?: AbortSignal | undefined; onEvent?: ((event: FixEvent) => void) | undefined },
): ActionRun {
  const placeholders = new Map<string, Set<string>>();
  for (const [id, digests] of journal?.past.placeholders ?? []) placeholders.set(id, new Set(digests));

  function record(entry: JournalEntry): void {
    journal?.record(entry);
    if (entry.step === 'placeholder')
      placeholders.set(entry.id, (placeholders.get(entry.id) ?? new Set()).add(entry.digest));
  }

  function result(
    repository: string,
    { id, type, tag }: PlanAction,
    end: Pick<FixAction, 'outcome' | 'detail' | 'bytes'>,
  ): FixAction {
    const finished = { id, repository, type, tag, ...end };
    onEvent?.({ type: 'action-done', result: finished });
    return finished;
  }

  return {
    earlier(repository, action) {
      const done = journal?.past.done.get(action.id);
      return done === undefined ? null : result(repository, action, { outcome: 'done', ...done });
    },
    past: ({ id }) => ({
      begun: journal?.past.begun.has(id) ?? false,
      placeholders: placeholders.get(id) ?? new Set(),
    }),
    record,
    leave: (repository, action, outcome, detail) => result(repository, action, { outcome, detail, bytes: 0 }),
    async perform(repository, action, work) {
      const { id, type, tag } = action;
      const fault = health.fault();
      if (fault !== null) return result(repository, action, { outcome: 'failed', detail: fault, bytes: 0 });
      onEvent?.({ type: 'action-start', repository, action });
      if (type !== 'none') record({ id, step: 'begin', type, repository, tag });
      let bytes = 0;
      const meter = (more: number) => {
        bytes += more;
        onEvent?.({ type: 'bytes', id, bytes: more });
      };
      let end: Pick<FixAction, 'outcome' | 'detail'>;
      try {
        end = await work(meter);
      } catch (error) {
        end = { outcome: 'failed', detail: wordsOfFailure(error, signal) };
        await health.examine(error);
      }
      record({ id, step: end.outcome, detail: end.detail, bytes });
      return result(repository, action, { ...end, bytes });
    },
  };
}

/** What is a failure of the action, in words; anything else is a defect or the end of the run, and thrown on. */
function wordsOfFailure(error: unknown, signal: AbortSignal | undefined): string {
  if (error instanceof AuditError && error.code === 'OUTPUT') throw error;
  if (error instanceof ActionError) return error.message;
  if (signal?.aborted) return 'interrupted while it was under way';
  if (!(error instanceof AuditError)) throw error;
  return error.hint === undefined ? messageOf(error) : `${messageOf(error)}. ${error.hint}`;
}
