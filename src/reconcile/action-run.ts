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
  /**
   * Writes a step into the journal before it is taken.
   * @throws AuditError `OUTPUT` when the journal does not take it: then the step must not be taken
   */
  record(entry: JournalEntry): void;
  /** An action that is not tried. */
  leave(repository: string, action: PlanAction, outcome: 'skipped' | 'failed', detail: string): FixAction;
  /**
   * Does one action between its lines in the journal. Once the journal cannot be written any more no action is
   * begun, and each is told as failed; what was under way is finished, since its first line is on the disk.
   *
   * @param finishes the action is halfway through by this run already: it is ended whatever the journal says
   */
  perform(
    repository: string,
    action: PlanAction,
    work: (meter: (bytes: number) => void) => Promise<WorkOutcome>,
    finishes?: boolean,
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

  /** Why the journal takes no more. Nothing is written after a line that may be torn: `--resume` cuts that one off. */
  let journalFault: AuditError | null = null;

  function record(entry: JournalEntry): void {
    if (journalFault !== null) throw journalFault;
    try {
      journal?.record(entry);
    } catch (error) {
      if (error instanceof AuditError && error.code === 'OUTPUT') journalFault = error;
      throw error;
    }
    if (entry.step === 'placeholder')
      placeholders.set(entry.id, (placeholders.get(entry.id) ?? new Set()).add(entry.digest));
  }

  /** As `record`; gives the words of a journal that does not take the line, else null. */
  function recordOrSay(entry: JournalEntry): string | null {
    try {
      record(entry);
      return null;
    } catch (error) {
      if (error !== journalFault) throw error;
      return messageOf(error);
    }
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
    async perform(repository, action, work, finishes = false) {
      const { id, type, tag } = action;
      const fault = health.fault();
      if (fault !== null) return result(repository, action, { outcome: 'failed', detail: fault, bytes: 0 });
      if (type !== 'none') {
        const refused = recordOrSay({ id, step: 'begin', type, repository, tag });
        if (refused !== null && !finishes)
          return result(repository, action, { outcome: 'failed', detail: `not begun: ${refused}`, bytes: 0 });
      }
      onEvent?.({ type: 'action-start', repository, action });
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
      // What was done stays done when the journal cannot say so: a resumed run finds it so.
      recordOrSay({ id, step: end.outcome, detail: end.detail, bytes });
      return result(repository, action, { ...end, bytes });
    },
  };
}

/** What is a failure of the action, in words; anything else is a defect or the end of the run, and thrown on. */
function wordsOfFailure(error: unknown, signal: AbortSignal | undefined): string {
  if (error instanceof ActionError) return error.message;
  if (signal?.aborted) return 'interrupted while it was under way';
  if (!(error instanceof AuditError)) throw error;
  return error.hint === undefined ? messageOf(error) : `${messageOf(error)}. ${error.hint}`;
}
