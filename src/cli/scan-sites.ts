import { type ScanOptions, scan } from '../audit/scan.ts';
import type { ScanJournal } from '../audit/scan-journal.ts';
import { summarize } from '../audit/summarize.ts';
import type { Clock } from '../core/clock.ts';
import { type List, mapList } from '../core/list.ts';
import { buildReport } from '../report/build-report.ts';
import type { FixReport, Report, RepositoryReport, Site } from '../report/report.ts';
import type { OpenSite } from './connect-site.ts';
import type { Progress } from './progress.ts';
import type { RunContext } from './run-context.ts';
import { packageVersion } from './version.ts';

/** Both sites, opened. */
export type OpenSites = Readonly<Record<Site, OpenSite>>;

/** What of a report the scan itself cannot know. */
export interface ScanFrame {
  readonly command: string;
  readonly startedAt: string;
  /** The options in force, without secrets. */
  readonly shownOptions: Readonly<Record<string, unknown>>;
  readonly scanOptions: ScanOptions;
  /** Where repositories go as they are done; memory when absent. */
  readonly journal?: ScanJournal;
  readonly shard?: Report['run']['shard'];
}

/** A report and what its exit code depends on beside it. */
export interface ScannedReport {
  readonly report: Report;
  readonly refused: readonly Site[];
}

/** Reads repositories of both sites and makes the report. */
export async function scanSites(
  sites: OpenSites,
  repositories: readonly string[],
  frame: ScanFrame,
  progress: Progress,
  { clock, signal }: RunContext,
): Promise<ScannedReport> {
  const connections = { primary: sites.primary.site, secondary: sites.secondary.site };
  const result = await scan(connections, repositories, frame.scanOptions, {
    clock,
    signal,
    onEvent: progress.onEvent,
    ...(frame.journal && { store: frame.journal }),
  });
  progress.end();
  const report = buildReport({
    version: packageVersion(),
    run: {
      command: frame.command,
      startedAt: frame.startedAt,
      finishedAt: new Date(clock.now()).toISOString(),
      clientPath: result.clientPath,
      interrupted: result.interrupted,
      ...resumedFrom(frame, clock),
      ...(frame.shard && { shard: frame.shard }),
      traffic: trafficOf(sites),
      options: { ...frame.shownOptions },
    },
    sites: { ...result.sites },
    summary: summarize(result.repositories),
    repositories: result.repositories,
    fix: null,
  });
  return { report, refused: result.refused };
}

function trafficOf({ primary, secondary }: OpenSites): Report['run']['traffic'] {
  return { primary: primary.traffic(), secondary: secondary.traffic() };
}

function resumedFrom({ journal }: ScanFrame, clock: Clock): Pick<Report['run'], 'resumed'> {
  if (!journal?.resumed) return {};
  const { repositories, oldest } = journal.resumed;
  return { resumed: { at: new Date(clock.now()).toISOString(), repositories, oldest } };
}

/** A report with some repositories read anew and the account of a fix, if one was begun, summed and sealed again. */
export function withFix(
  report: Report,
  again: List<RepositoryReport>,
  fix: FixReport | null,
  open: OpenSites,
  { clock, signal }: RunContext,
): Report {
  const later = new Map(again.map((repository) => [repository.path, repository]));
  const repositories = mapList(report.repositories, (repository) => later.get(repository.path) ?? repository);
  const { tool, run, sites } = report;
  return buildReport({
    version: tool.version,
    run: {
      ...run,
      finishedAt: new Date(clock.now()).toISOString(),
      interrupted: run.interrupted || signal.aborted,
      traffic: trafficOf(open),
    },
    sites,
    summary: summarize(repositories),
    repositories,
    fix,
  });
}
