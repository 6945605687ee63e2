import { compareSnapshots } from '../audit/compare-snapshots.ts';
import { summarize } from '../audit/summarize.ts';
import { requireOneStdin } from '../config/one-stdin.ts';
import type { Options } from '../config/option.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { tagFilter, writingSettings } from '../config/scan-settings.ts';
import { storedChecksums } from '../config/stored-checksums.ts';
import { buildReport } from '../report/build-report.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { deliverReport } from './deliver-report.ts';
import { exitCodeOf } from './exit-codes.ts';
import { readGeoRegistry, withExported } from './read-geo-registry.ts';
import { inputName, positional } from './read-input.ts';
import { readSnapshotFile } from './read-snapshot-file.ts';
import type { RunContext } from './run-context.ts';
import { packageVersion } from './version.ts';
import { warnSameSnapshots } from './warn-same-site.ts';

/** `compare`: two snapshots go in, one report comes out. */
export async function runCompare(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const writing = writingSettings(resolved);
  const isShown = tagFilter(resolved);
  const [primaryFile = '', secondaryFile = ''] = [
    ...positional(commandLine, 'primary'),
    ...positional(commandLine, 'secondary'),
  ];
  requireOneStdin(resolved, { files: [primaryFile, secondaryFile] });
  const startedAt = new Date(context.clock.now()).toISOString();
  const primary = await readSnapshotFile(primaryFile, context);
  const secondary = await readSnapshotFile(secondaryFile, context);
  const geo = await readGeoRegistry(resolved, context);
  const paths = [...new Set([...primary.repositories, ...secondary.repositories].map(({ path }) => path))];
  const stored = withExported(storedChecksums(resolved, paths), geo, paths);
  const repositories = compareSnapshots(primary, secondary, {
    stored,
    geo,
    names: { primary: inputName(primaryFile), secondary: inputName(secondaryFile) },
    ...(isShown && { isShown }),
  });
  warnSameSnapshots(primary.site.url, secondary.site.url, context);
  const report = buildReport({
    version: packageVersion(),
    run: {
      command: 'compare',
      startedAt,
      finishedAt: new Date(context.clock.now()).toISOString(),
      clientPath: primary.run.clientPath,
      interrupted: primary.run.interrupted || secondary.run.interrupted,
      options: {
        include: [...resolved.list('include')],
        exclude: [...resolved.list('exclude')],
        snapshots: {
          primary: { takenAt: primary.run.finishedAt, snapshotDigest: primary.snapshotDigest },
          secondary: { takenAt: secondary.run.finishedAt, snapshotDigest: secondary.snapshotDigest },
        },
      },
    },
    sites: { primary: primary.site, secondary: secondary.site },
    summary: summarize(repositories),
    repositories,
    fix: null,
  });
  await deliverReport(
    report,
    { writing, quiet: resolved.flag('quiet'), verbose: resolved.flag('verbose') },
    context,
  );
  return exitCodeOf(report);
}
