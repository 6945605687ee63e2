import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plan, planSchema } from '../../src/report/plan.ts';
import { type FixReport, type Report, reportSchema } from '../../src/report/report.ts';
import { type CliResult, type RunCliOptions, runCli } from './run-cli.ts';

/** A fix on a busy machine takes its time; this is a guard for the suite, not an assertion. */
const GUARD_MS = 150_000;

/** Where a command works. */
export interface FixSites {
  readonly primary: { readonly url: string };
  readonly secondary: { readonly url: string };
}

/** A run of the command with what it left in `out/`. */
export interface FixRun extends CliResult {
  readonly report: Report;
  /** The account of the fix. @throws Error when the report has none */
  readonly fix: FixReport;
  /** `repository:tag` by outcome; actions of type `none` left out. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** Writes that were done. */
  readonly done: number;
}

/** `--primary-url … --secondary-url …` */
export function siteArgs({ primary, secondary }: FixSites): string[] {
  return ['--primary-url', primary.url, '--secondary-url', secondary.url];
}

/** Runs a command with a report in `out/`: `scan --fix …` or `apply plan.json …`. */
export async function runFix(
  args: readonly string[],
  sites: FixSites,
  options: RunCliOptions = {},
): Promise<FixRun> {
  const settle = args[0] === 'scan' ? ['--settle', '0'] : [];
  const result = await runCli([...args, ...siteArgs(sites), ...settle, '--out', 'out'], {
    guard: GUARD_MS,
    ...options,
  });
  const report = readReport(result);
  const actions = report.fix?.actions ?? [];
  const worked = actions.filter(({ type }) => type !== 'none');
  return {
    ...result,
    report,
    get fix() {
      if (report.fix === null) throw new Error(`no fix in the report: ${result.stderr}`);
      return report.fix;
    },
    outcomes: Object.fromEntries(
      worked.map(({ repository, tag, type, outcome }) => [`${repository}:${tag}`, `${type} ${outcome}`]),
    ),
    done: worked.filter(({ outcome }) => outcome === 'done').length,
  };
}

/** The report in a run's `out/`. @throws Error with the run's output when there is none */
export function readReport({ cwd, stderr }: CliResult): Report {
  try {
    return reportSchema().parse(JSON.parse(readFileSync(join(cwd, 'out', 'report.json'), 'utf8')));
  } catch (cause) {
    throw new Error(`no report: ${stderr}`, { cause });
  }
}

/** The plan in a run's `out/`. */
export function readPlan({ cwd }: Pick<CliResult, 'cwd'>): Plan {
  return planSchema().parse(JSON.parse(readFileSync(join(cwd, 'out', 'plan.json'), 'utf8')));
}
