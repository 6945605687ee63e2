import { fixSettings } from '../config/fix-settings.ts';
import { requireOneStdin } from '../config/one-stdin.ts';
import type { Options } from '../config/option.ts';
import { READING_OPTIONS } from '../config/options.ts';
import { type CommandLine, type ResolvedOptions, resolveOptions } from '../config/resolve-options.ts';
import { readingSettings, writingSettings } from '../config/scan-settings.ts';
import { siteSettings } from '../config/site-settings.ts';
import type { Plan } from '../report/plan.ts';
import { parsePlan } from '../report/read-file.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { connectSite, shownOptions } from './connect-site.ts';
import { deliverReport } from './deliver-report.ts';
import { exitCodeOf } from './exit-codes.ts';
import { fixReport } from './fix-report.ts';
import { defaultDirectory } from './output.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { positional, readInput } from './read-input.ts';
import { readMap } from './redaction.ts';
import type { RunContext } from './run-context.ts';
import { scanSites } from './scan-sites.ts';

/** `apply`: reads the plan's repositories, carries the plan out, reads them again. */
export async function runApply(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const [file = '-'] = positional(commandLine, 'plan');
  requireOneStdin(resolved, { sites: ['primary-', 'secondary-'], files: [file] });
  const plan = parsePlan(await readInput(file, context), file === '-' ? 'standard input' : file);
  return applyPlan(plan, 'apply', resolved, context);
}

/** Carries out a plan that was read from a file, as the options say. */
export async function applyPlan(
  plan: Plan,
  command: string,
  options: ResolvedOptions,
  context: RunContext,
): Promise<number> {
  const reading = readingSettings(options);
  const delivery = {
    writing: writingSettings(options),
    quiet: options.flag('quiet'),
    verbose: options.flag('verbose'),
    directory: defaultDirectory(command, new Date(context.clock.now())),
  };
  // A damaged mapping is told before anything is written, not after it.
  if (delivery.writing.redactionMap !== null) readMap(delivery.writing.redactionMap);
  const fix = fixSettings(options);
  const sites = {
    primary: await siteSettings(options, 'primary-', context),
    secondary: await siteSettings(options, 'secondary-', context),
  };
  const logger = commandLogger(options, context);
  const open = {
    primary: connectSite(sites.primary, reading, logger, context),
    secondary: connectSite(sites.secondary, reading, logger, context),
  };
  const progress = delivery.quiet ? NO_PROGRESS : createProgress(context.stderr, context.clock);
  const names = Object.keys(READING_OPTIONS).filter((name) => name !== 'settle');
  const frame = {
    command,
    startedAt: new Date(context.clock.now()).toISOString(),
    shownOptions: shownOptions(options, names, sites),
    // Every action is checked again before it is done: a pause would add nothing.
    scanOptions: {
      clientPath: reading.clientPath,
      narrow: reading.narrow,
      settleSeconds: 0,
      deep: reading.deep,
    },
  };
  try {
    const paths = plan.repositories.map(({ path }) => path);
    const { report, refused } = await scanSites(open, paths, frame, progress, context);
    if (refused.length > 0 || report.run.interrupted) {
      await deliverReport(report, delivery, context);
      return exitCodeOf(report, refused);
    }
    return await fixReport({ report, plan, open, frame, fix, delivery, progress }, context);
  } finally {
    progress.end();
    await Promise.all([open.primary.close(), open.secondary.close()]);
  }
}
