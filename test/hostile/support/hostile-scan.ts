import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, type RepositoryReport, reportSchema } from '../../../src/report/report.ts';
import { type CliResult, type RunCliOptions, runCli } from '../../support/run-cli.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { APP, CALM } from './known-drift.ts';

/** A scan of the known drift, with what the process took. */
export interface HostileScan extends CliResult {
  readonly report: Report;
  readonly app: RepositoryReport;
  readonly calm: RepositoryReport;
  /** Highest resident memory of the process in MiB, where the system tells it. */
  readonly peakMiB: number;
}

/** Writes the process's highest resident memory when it ends; not `resourceUsage`, which counts the parent's too. */
const KEEP_PEAK = `import { readFileSync, writeFileSync } from 'node:fs';
process.once('exit', () => {
  const peak = /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  writeFileSync(process.env.PEAK_FILE, peak);
});`;

/** Few retries, so that the suite ends; the usual patience, since machines are busy; no pause for tags that move. */
export const PATIENT = ['--timeout', '30', '--retries', '1', '--settle', '0'] as const;
/** The same with little patience, where the fault is that nothing comes. */
export const IMPATIENT = ['--timeout', '2', '--retries', '1', '--settle', '0'] as const;

/**
 * Scans both repositories of the known drift with the built command.
 * @throws Error when no report was written
 */
export async function hostileScan(
  sites: { readonly primary: string; readonly secondary: string },
  args: readonly string[] = PATIENT,
  options: RunCliOptions = {},
): Promise<HostileScan> {
  const peakFile = join(makeTempDir('peak'), 'peak');
  const hasProc = existsSync('/proc/self/status');
  const nodeArgs = hasProc ? ['--import', `data:text/javascript,${encodeURIComponent(KEEP_PEAK)}`] : [];
  const urls = ['--primary-url', sites.primary, '--secondary-url', sites.secondary];
  const result = await runCli(['scan', ...urls, ...args, '--out', 'out', APP, CALM], {
    guard: 120_000,
    ...options,
    env: { ...options.env, PEAK_FILE: peakFile },
    nodeArgs,
  });
  const file = join(result.cwd, 'out', 'report.json');
  if (!existsSync(file)) throw new Error(`no report: ${result.code}\n${result.stdout}\n${result.stderr}`);
  const report = reportSchema().parse(JSON.parse(readFileSync(file, 'utf8')));
  const of = (path: string) => {
    const found = report.repositories.find((one) => one.path === path);
    if (found === undefined) throw new Error(`no ${path} in the report`);
    return found;
  };
  const peakMiB = hasProc ? Number(readFileSync(peakFile, 'utf8')) / 1024 : 0;
  return { ...result, report, app: of(APP), calm: of(CALM), peakMiB };
}
