import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FixSettings } from '../config/fix-settings.ts';
import type { Release } from '../core/claim.ts';
import type { List } from '../core/list.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';
import { executePlan } from '../reconcile/execute.ts';
import { checkGuards, readGuardFacts } from '../reconcile/guards.ts';
import { createJournal, type Journal, readJournal, resumeJournal } from '../reconcile/journal.ts';
import { planReconcile } from '../reconcile/plan.ts';
import type { Plan } from '../report/plan.ts';
import type { FixReport, Report, RepositoryReport } from '../report/report.ts';
import { actionsTable } from '../reporters/plan-table.ts';
import { claimJournal, claimRepositories } from './claims.ts';
import { confirmFix } from './confirm-fix.ts';
import { type Delivery, deliverReport } from './deliver-report.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { createFixProgress } from './fix-progress.ts';
import { checkDirectory, defaultDirectory, makeDirectory, writing } from './output.ts';
import { planBeside } from './plan-beside.ts';
import type { Progress } from './progress.ts';
import { redactActionsWithMap, redactUndelivered } from './redaction.ts';
import type { RunContext } from './run-context.ts';
import { type OpenSites, type ScanFrame, scanSites, withFix } from './scan-sites.ts';

/** A fix as it is asked for: the state before it, and the plan, or null to make it from that state. */
export interface FixRequest {
  readonly report: Report;
  readonly plan: Plan | null;
  readonly open: OpenSites;
  readonly frame: ScanFrame;
  readonly fix: FixSettings;
  readonly delivery: Delivery;
  readonly progress: Progress;
  /** Called before the first write: what was read may be another thing from then on. */
  readonly onWrite?: () => void;
}

type FixActions = FixReport['actions'];

/**
 * Carries out a plan and gives the exit code of the state after it. Before the first write: the guards, the
 * plan in a file, leave of the user, and a journal. After the last: every touched repository is read again.
 *
 * @throws GuardError, and whatever else stops it before the first write; the report has been delivered by then
 */
export async function fixReport(request: FixRequest, context: RunContext): Promise<number> {
  const { report, open, fix, delivery, progress } = request;
  const { noDelete, noCopy } = fix;
  const createdAt = new Date(context.clock.now()).toISOString();
  const plan = request.plan ?? planReconcile(report, { createdAt, noDelete, noCopy });
  const sites = { primary: open.primary.site, secondary: open.secondary.site };
  const isWrite = ({ type }: { type: string }) =>
    (type === 'copy' && !noCopy) || (type === 'delete' && !noDelete);
  // What a stopped run left halfway is finished whatever the flags say.
  const hasWork = fix.resume !== null || plan.repositories.some(({ actions }) => actions.some(isWrite));
  const options = {
    dryRun: fix.dryRun || !hasWork,
    noDelete,
    noCopy,
    allowEmptyPrimary: fix.allowEmptyPrimary,
    // A plan made elsewhere does not know what could not be read today.
    incomplete: new Set(
      report.repositories.flatMap(({ path, verdict }) => (verdict === 'INCOMPLETE' ? [path] : [])),
    ),
  };
  let journal: Journal | null = null;
  let release: Release = () => {};
  try {
    checkGuards(plan, await readGuardFacts(plan, sites, context.signal), fix);
    if (!options.dryRun) {
      const journalPath = fix.resume ?? newJournalPath(request);
      // Nobody is asked for leave that could not be made use of.
      if (fix.resume === null) writing(journalPath, () => checkDirectory(dirname(journalPath)));
      await confirmFix(plan, fix, context);
      const busy = plan.repositories.filter(({ actions }) => actions.length > 0);
      release = claimRepositories(
        sites.secondary.url,
        busy.map(({ path }) => path),
      );
      journal = openJournal(journalPath, request, plan, context);
      request.onWrite?.();
    }
  } catch (refusal) {
    release();
    // What was read is not lost because of what may not be done.
    await deliverReport(withFix(report, [], null, open, context), delivery, context);
    throw refusal;
  }
  if (fix.dryRun) {
    const actions = await executePlan(plan, sites, options, { ...context, journal: readPast(request, plan) });
    // The state is as it was read; whether the checks came to their end is news.
    const checked = withFix(report, [], null, open, context);
    await deliverReport(checked, delivery, context);
    await showDryRun(checked, actions, delivery, context);
    return exitCodeOfFix(checked, actions);
  }
  const shown = delivery.quiet ? null : createFixProgress(plan, context.stderr, context.clock);
  let actions: FixActions;
  try {
    actions = await executePlan(plan, sites, options, { ...context, journal, onEvent: shown?.onEvent });
  } finally {
    shown?.end();
    journal?.close();
    release();
  }
  const touched = plan.repositories.map(({ path }) => path);
  const again = context.signal.aborted ? [] : await readAgain(request, touched, progress, context);
  const account = fixAccount(report, again, actions, touched);
  const after = withFix(report, again, account, open, context);
  try {
    await deliverReport(after, delivery, context);
  } catch (fault) {
    // What was written to a registry is told, if only on the terminal.
    const map = delivery.writing.redactionMap;
    const told = map === null ? actions : redactUndelivered(after, actions, map);
    context.stderr.write([...actionsTable(told)].join(''));
    throw fault;
  }
  return exitCodeOfFix(after, actions);
}

/** What an interruption left undone is no failure of its actions. */
function exitCodeOfFix(report: Report, actions: FixActions): number {
  if (report.run.interrupted) return EXIT.interrupted;
  return actions.some(({ outcome }) => outcome === 'failed') ? EXIT.incomplete : exitCodeOf(report);
}

/** Both sites' touched repositories as they are now; pushes in between are the next run's business. */
async function readAgain(
  { open, frame, report: before }: FixRequest,
  paths: readonly string[],
  progress: Progress,
  context: RunContext,
): Promise<List<RepositoryReport>> {
  if (paths.length === 0) return [];
  // Not the scan's journal: what that holds counts as read.
  const { journal: _, ...rest } = frame;
  // By the path of the first reading, which `auto` may not take again: two paths in one report cannot be compared.
  const scanOptions = { ...frame.scanOptions, clientPath: before.run.clientPath, settleSeconds: 0 };
  const { report } = await scanSites(open, paths, { ...rest, scanOptions }, progress, context);
  return report.repositories;
}

function fixAccount(
  report: Report,
  again: List<RepositoryReport>,
  actions: FixActions,
  touched: readonly string[],
): FixReport {
  const isTouched = new Set(touched);
  const sums = (repositories: List<RepositoryReport>) =>
    Object.fromEntries(
      repositories.flatMap(({ path, checksums }) => (isTouched.has(path) ? [[path, checksums]] : [])),
    );
  // A repository that was not touched because it could not be read is not in sync either.
  const verified =
    again.length === touched.length &&
    again.every(({ verdict }) => verdict === 'IN-SYNC') &&
    report.repositories.every(({ path, verdict }) => isTouched.has(path) || verdict === 'IN-SYNC');
  return { actions, before: sums(report.repositories), after: sums(again), verified };
}

/** Where the journal of a new fix goes: beside the report. */
function newJournalPath({ delivery, frame }: FixRequest): string {
  const { out } = delivery.writing;
  const beside = out === null || out === '-' ? delivery.directory : out;
  return join(beside ?? defaultDirectory(frame.command, new Date(frame.startedAt)), 'journal.ndjson');
}

/**
 * A new journal with the plan that it is of, or the one to go on with.
 *
 * @throws AuditError `OUTPUT` when it cannot be made; UsageError when it cannot be gone on with
 */
function openJournal(
  path: string,
  { delivery, fix }: FixRequest,
  plan: Plan,
  { output, stderr }: RunContext,
): Journal {
  if (fix.resume !== null) return claimed(path, () => resumeJournal(path, plan.planDigest));
  writing(path, () => makeDirectory(dirname(path)));
  const journal = claimed(path, () => {
    writing(path, () => setAside(path));
    // The plan first: a journal, however short it was cut, is resumed with the plan beside it.
    output.writeFile(dirname(path), 'plan.json', [`${escapeJsonText(JSON.stringify(plan, null, 2))}\n`]);
    return createJournal(path, plan.planDigest);
  });
  if (!delivery.quiet) stderr.write(`Journal: ${path} (if the run is stopped: --resume ${path})\n`);
  return journal;
}

/** A journal that no other run opens until it is closed. */
function claimed(path: string, open: () => Journal): Journal {
  // Of a journal that is not there, who opens it says so.
  const release = existsSync(dirname(path)) ? claimJournal(path) : () => {};
  try {
    const journal = open();
    return {
      ...journal,
      close() {
        journal.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Keeps the journal of an earlier run in the same directory, if any, with the plan that it can be resumed with. */
function setAside(journal: string): void {
  if (!existsSync(journal)) return;
  const suffix = statSync(journal).mtime.getTime();
  const plan = planBeside(journal);
  // A copy, so that at no moment a journal stands there without its plan; the new plan then takes the place.
  if (existsSync(plan)) copyFileSync(plan, join(dirname(journal), `plan-${suffix}.json`));
  renameSync(journal, join(dirname(journal), `journal-${suffix}.ndjson`));
}

/** What an earlier run did, for a dry run that goes on with it and writes nothing. */
function readPast({ fix }: FixRequest, plan: Plan): Journal | null {
  if (fix.resume === null) return null;
  return { past: readJournal(fix.resume, plan.planDigest), record: () => {}, close: () => {} };
}

async function showDryRun(
  report: Report,
  actions: FixActions,
  { writing: { out, formats, redactionMap } }: Delivery,
  context: RunContext,
): Promise<void> {
  const shown =
    redactionMap === null ? actions : redactActionsWithMap(report, actions, redactionMap, context);
  const chunks = [...actionsTable(shown), 'Dry run: nothing was written.\n'];
  if (out !== '-' && formats.includes('table')) await context.output.print(chunks);
  else context.stderr.write(chunks.join(''));
}
