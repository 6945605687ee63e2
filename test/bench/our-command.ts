import { join } from 'node:path';
import { makeTempDir, removeTempDir } from '../support/temp-dir.ts';
import { type ReportHead, readReportHead } from './report-head.ts';
import { type Cost, runTool, type ToolLine } from './run-tool.ts';
import { type WatchedRun, watchRun } from './watched-run.ts';

/** Set by the global setup. */
const COMMAND = join(process.env.BENCH_PRODUCT ?? '', 'bin', 'geo-registry-audit.js');

/** A command line in a directory of its own. */
export interface OurLine extends ToolLine {
  readonly cwd: string;
}

/** The command as a user starts it, in a directory and with a home of its own. */
export function ourLine(args: readonly string[], accept?: readonly number[]): OurLine {
  const cwd = makeTempDir('bench');
  return {
    command: process.execPath,
    args: [COMMAND, ...args],
    cwd,
    env: { HOME: cwd },
    ...(accept && { accept }),
  };
}

/** A pair of sites, and what is to be read there. */
export interface ScanTask {
  readonly sites: readonly [primary: { readonly url: string }, secondary: { readonly url: string }];
  /** Repositories, or `--repositories-from FILE`. */
  readonly what: readonly string[];
  readonly more?: readonly string[];
}

/** `scan` with its reports in `out` of its directory. Exit code 0: in sync. */
export function scanLine({ sites: [primary, secondary], what, more = [] }: ScanTask): OurLine {
  const sites = ['--primary-url', primary.url, '--secondary-url', secondary.url];
  return ourLine(['scan', ...what, ...sites, '--settle', '0', '--out', 'out', ...more]);
}

/** What a scan took, start and reports included, and the head of its report. */
export interface ScanRun extends Cost {
  readonly report: ReportHead;
  /** From the report: the reading alone, without the start of the process and the writing. */
  readonly readingSeconds: number;
}

/** Runs `scan` on two registries. @throws Error when it ends with another code than 0 (in sync) */
export async function runScanCommand(task: ScanTask): Promise<ScanRun> {
  const line = scanLine(task);
  const cost = await runTool([line]);
  const report = takeReport(line);
  const { startedAt, finishedAt } = report.run;
  return { ...cost, report, readingSeconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 };
}

/** The same with an eye on its memory. */
export async function watchScan(task: ScanTask): Promise<WatchedRun & { readonly report: ReportHead }> {
  const line = scanLine(task);
  const run = await watchRun(line);
  return { ...run, report: takeReport(line) };
}

/** Reads the head of the report and removes the directory: a million tags take half a gigabyte. */
function takeReport({ cwd }: OurLine): ReportHead {
  const report = readReportHead(join(cwd, 'out', 'report.json'));
  removeTempDir(cwd);
  return report;
}
