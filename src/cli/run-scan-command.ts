import { selectionSettings } from '../config/discovery-settings.ts';
import { fixSettings, requireNoFixOptions } from '../config/fix-settings.ts';
import type { Options } from '../config/option.ts';
import { READING_OPTIONS, SELECTION_OPTIONS } from '../config/options.ts';
import { type CommandLine, type ResolvedOptions, resolveOptions } from '../config/resolve-options.ts';
import { readingSettings, tagFilter, writingSettings } from '../config/scan-settings.ts';
import { siteSettings } from '../config/site-settings.ts';
import { storedChecksums } from '../config/stored-checksums.ts';
import { UsageError } from '../errors.ts';
import { parsePlan } from '../report/read-file.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { shownOptions } from './connect-site.ts';
import { planBeside } from './fix-report.ts';
import { readGeoRegistry, withExported } from './read-geo-registry.ts';
import { readInput } from './read-input.ts';
import { applyPlan } from './run-apply.ts';
import type { RunContext } from './run-context.ts';
import { runScan } from './run-scan.ts';
import { selectRepositories } from './select-repositories.ts';

/** `scan`: every option is settled before the first request, so that bad input costs one line and nothing else. */
export async function runScanCommand(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const reading = readingSettings(resolved);
  const writing = writingSettings(resolved);
  const isShown = tagFilter(resolved);
  const fix = resolved.flag('fix') ? fixSettings(resolved) : null;
  if (fix === null) requireNoFixOptions(resolved);
  else if (fix.resume !== null) return resumeFix(fix.resume, resolved, context);
  const readers = [
    resolved.flag('primary-password-stdin'),
    resolved.flag('secondary-password-stdin'),
    resolved.text('repositories-from') === '-',
    resolved.text('geo-registry') === '-',
  ];
  if (readers.filter(Boolean).length > 1) {
    throw new UsageError(
      'standard input can be read once: one -password-stdin, --repositories-from - or --geo-registry -',
    );
  }
  const given = (commandLine.repository ?? []) as readonly (string | number)[];
  const selection = await selectionSettings(given.map(String), resolved, context);
  const sites = {
    primary: await siteSettings(resolved, 'primary-', context),
    secondary: await siteSettings(resolved, 'secondary-', context),
  };
  const names = [
    ...Object.keys({ ...SELECTION_OPTIONS, ...READING_OPTIONS }),
    'primary-insecure',
    'secondary-insecure',
  ];
  const geo = await readGeoRegistry(resolved, context);
  const logger = commandLogger(resolved, context);
  const repositories = await selectRepositories(selection, { sites, reading, logger }, context);
  return runScan(
    {
      command: 'scan',
      sites,
      repositories,
      reading,
      writing,
      isShown,
      stored: withExported(storedChecksums(resolved, repositories), geo, repositories),
      geo,
      shownOptions: shownOptions(resolved, names, sites),
      logger,
      quiet: resolved.flag('quiet'),
      verbose: resolved.flag('verbose'),
      fix,
    },
    context,
  );
}

/** Goes on with a fix that was stopped: with its own plan, which lies beside its journal. */
async function resumeFix(journal: string, options: ResolvedOptions, context: RunContext): Promise<number> {
  const file = planBeside(journal);
  const plan = parsePlan(await readInput(file, context), file);
  return applyPlan(plan, 'scan', options, context);
}
