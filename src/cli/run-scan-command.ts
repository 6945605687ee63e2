import { selectionSettings } from '../config/discovery-settings.ts';
import { fixSettings, requireNoFixOptions } from '../config/fix-settings.ts';
import { requireOneStdin } from '../config/one-stdin.ts';
import type { Options } from '../config/option.ts';
import { READING_OPTIONS } from '../config/options.ts';
import { type CommandLine, type ResolvedOptions, resolveOptions } from '../config/resolve-options.ts';
import { readingSettings, tagFilter, writingSettings } from '../config/scan-settings.ts';
import { SELECTION_OPTIONS } from '../config/selection-options.ts';
import { shardSettings, shardWork } from '../config/shard-settings.ts';
import { siteSettings } from '../config/site-settings.ts';
import { storedChecksums } from '../config/stored-checksums.ts';
import { compareBytes } from '../core/byte-order.ts';
import { UsageError } from '../errors.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { redactUrl } from '../http/redact-url.ts';
import { canonicalDigest } from '../report/canonical.ts';
import { parsePlan } from '../report/read-file.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { shownOptions } from './connect-site.ts';
import { planBeside } from './plan-beside.ts';
import { readGeoRegistry, withExported } from './read-geo-registry.ts';
import { readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';
import { runScan } from './run-scan.ts';
import { resumableScan } from './scan-store.ts';
import { selectRepositories } from './select-repositories.ts';
import { warnSameSite } from './warn-same-site.ts';

/** `scan`: every option is settled before the first request, so that bad input costs one line and nothing else. */
export async function runScanCommand(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  requireOneStdin(resolved, { sites: ['primary-', 'secondary-'] });
  const reading = readingSettings(resolved);
  const writing = writingSettings(resolved);
  const isShown = tagFilter(resolved);
  const fix = resolved.flag('fix') ? { ...fixSettings(resolved), resume: null } : null;
  if (fix === null) requireNoFixOptions(resolved);
  const asked = resolved.text('resume');
  const resume = asked === null ? null : resumableScan(asked);
  if (asked !== null && resume === null) {
    if (fix === null) throw new UsageError(`--resume ${asked}: the journal of a fix goes with --fix`);
    return resumeFix(asked, resolved, context);
  }
  const shard = shardSettings(resolved);
  if (shard !== null && fix !== null) {
    throw new UsageError('--shard and --fix: one part says nothing of what the others would do', {
      hint: 'Merge the reports of all parts, then: plan merged/report.json, and apply.',
    });
  }
  const given = (commandLine.repository ?? []) as readonly (string | number)[];
  const selection = await selectionSettings(given.map(String), resolved, context);
  const sites = {
    primary: await siteSettings(resolved, 'primary-', context),
    secondary: await siteSettings(resolved, 'secondary-', context),
  };
  warnSameSite(sites, context);
  const names = [
    ...Object.keys({ ...SELECTION_OPTIONS, ...READING_OPTIONS }),
    'primary-insecure',
    'secondary-insecure',
  ];
  const geo = await readGeoRegistry(resolved, context);
  const logger = commandLogger(resolved, context);
  const selected = await selectRepositories(selection, { sites, reading, logger }, context);
  const work = shard === null ? { repositories: selected, tags: null } : shardWork(selected, shard);
  if (work.tags !== null && isShown !== undefined) {
    throw new UsageError(
      '--shard by tag and a filter: what a filter hides is missing when the parts are joined',
      {
        hint: 'Leave out --include and --exclude, or say --shard-by repository.',
      },
    );
  }
  if (work.tags !== null && writing.redactionMap !== null) {
    throw new UsageError(
      '--shard by tag and --redact: checksums are made when the parts are joined, of names and not of tokens',
      { hint: 'Say --redact to merge and not to the parts, or --shard-by repository.' },
    );
  }
  const { repositories } = work;
  const by = work.tags === null ? 'repository' : 'tag';
  const shown = shownOptions(resolved, names, sites);
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
      shownOptions: shown,
      identity: {
        ...identityOf(resolved, shown),
        // What `auto` means follows from the selection.
        ...(shard && { 'shard-by': by }),
        // The same file may be another export by now.
        ...(resolved.text('geo-registry') !== null && { 'geo-registry': contentOf(geo) }),
      },
      resume,
      ...(shard && { shard: { index: shard.index, count: shard.count, by } }),
      ...(work.tags && { part: work.tags }),
      logger,
      quiet: resolved.flag('quiet'),
      verbose: resolved.flag('verbose'),
      fix,
    },
    context,
  );
}

/** What decides what a scan finds: two runs that have it in common can stand in one report. */
const DECISIVE = ['narrow', 'deep', 'verify-blobs', 'settle', 'include', 'exclude'];
const DECISIVE_BESIDE = [
  'stored-checksum',
  'geo-registry',
  'shard',
  'shard-by',
  'primary-url',
  'secondary-url',
];

function identityOf(options: ResolvedOptions, shown: Record<string, unknown>): Record<string, unknown> {
  const beside = DECISIVE_BESIDE.map((name) => {
    const value = options.value(name);
    return [name, name.endsWith('-url') ? redactUrl(String(value)) : value] as const;
  });
  return Object.fromEntries([...DECISIVE.map((name) => [name, shown[name] ?? null] as const), ...beside]);
}

/** What an export says, whatever its file is called and however it is laid out. */
function contentOf(geo: GeoRegistry): string {
  return `content ${canonicalDigest([...geo].sort(([a], [b]) => compareBytes(a, b)))}`;
}

/** Goes on with a fix that was stopped: with its own plan, which lies beside its journal. */
async function resumeFix(journal: string, options: ResolvedOptions, context: RunContext): Promise<number> {
  const file = planBeside(journal);
  const plan = parsePlan(await readInput(file, context), file);
  // Nothing that writes is loaded for a run that reads.
  const { applyPlan } = await import('./run-apply.ts');
  return applyPlan(plan, 'scan', options, context);
}
