import { joinShards } from '../audit/join-shards.ts';
import { summarize } from '../audit/summarize.ts';
import { requireOneStdin } from '../config/one-stdin.ts';
import type { Options } from '../config/option.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { writingSettings } from '../config/scan-settings.ts';
import { buildReport } from '../report/build-report.ts';
import { mergeReports, type NamedReport } from '../report/merge-reports.ts';
import { parseReport } from '../report/read-file.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { deliverReport } from './deliver-report.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { defaultDirectory } from './output.ts';
import { positional, readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';
import { packageVersion } from './version.ts';

/** `merge`: reads the shards' reports, joins, sums and seals them anew. */
export async function runMerge(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const writing = writingSettings(resolved);
  const shards: NamedReport[] = [];
  const files = positional(commandLine, 'report');
  requireOneStdin(resolved, { files });
  for (const name of files) {
    shards.push({ name, report: parseReport(await readInput(name, context), name) });
  }
  const { repositories: given, sites, run, fix, options: agreed } = mergeReports(shards);
  const repositories = joinShards(given, { sites, options: agreed });
  const report = buildReport({
    version: packageVersion(),
    run: {
      ...run,
      command: 'merge',
      options: { ...agreed, shards: shards.map((shard) => shard.report.reportDigest) },
    },
    sites,
    summary: summarize(repositories),
    repositories,
    fix,
  });
  await deliverReport(
    report,
    {
      writing,
      quiet: resolved.flag('quiet'),
      verbose: resolved.flag('verbose'),
      directory: defaultDirectory('merge', new Date(context.clock.now())),
    },
    context,
  );
  const failed = fix?.actions.some(({ outcome }) => outcome === 'failed') && !report.run.interrupted;
  return failed ? EXIT.incomplete : exitCodeOf(report);
}
