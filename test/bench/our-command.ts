import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { type Cost, runTool, type ToolLine } from './run-tool.ts';

/** Set by the global setup. */
const COMMAND = join(process.env.BENCH_PRODUCT ?? '', 'bin', 'geo-registry-audit.js');

/** The command as a user starts it, in a directory and with a home of its own. */
export function ourLine(
  args: readonly string[],
  accept?: readonly number[],
): ToolLine & { readonly cwd: string } {
  const cwd = makeTempDir('bench');
  return {
    command: process.execPath,
    args: [COMMAND, ...args],
    cwd,
    env: { HOME: cwd },
    ...(accept && { accept }),
  };
}

/** What a scan took, start and reports included, and its report. */
export interface ScanRun extends Cost {
  readonly report: Report;
  /** From the report: the reading alone, without the start of the process and the writing. */
  readonly readingSeconds: number;
}

/** Runs `scan` on two registries. @throws Error when it ends with another code than 0 (in sync) */
export async function runScanCommand(
  primary: string,
  secondary: string,
  repositories: readonly string[],
  more: readonly string[] = [],
): Promise<ScanRun> {
  const sites = ['--primary-url', primary, '--secondary-url', secondary];
  const line = ourLine(['scan', ...repositories, ...sites, '--settle', '0', '--out', 'out', ...more]);
  const cost = await runTool([line]);
  const report = reportSchema.parse(JSON.parse(readFileSync(join(line.cwd, 'out', 'report.json'), 'utf8')));
  const { startedAt, finishedAt } = report.run;
  return { ...cost, report, readingSeconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 };
}
