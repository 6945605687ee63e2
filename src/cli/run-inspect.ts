import { inspect } from '../audit/inspect/inspect.ts';
import { inspectProxy } from '../audit/inspect/inspect-proxy.ts';
import { refusedSites } from '../audit/inspect/refused-sites.ts';
import { type InspectTarget, inspectReading, inspectTarget } from '../config/inspect-settings.ts';
import type { Options } from '../config/option.ts';
import { printFormat } from '../config/print-format.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import type { ReadingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import type { Logger } from '../logger.ts';
import type { Inspection } from '../report/inspection.ts';
import type { ProxyInspection } from '../report/proxy-inspection.ts';
import type { Site } from '../report/report.ts';
import { inspectionJson, proxyInspectionJson } from '../reporters/inspect/json.ts';
import { proxyInspectionTable } from '../reporters/inspect/proxy-table.ts';
import { inspectionTable } from '../reporters/inspect/table.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { connectSite, type OpenSite } from './connect-site.ts';
import { EXIT } from './exit-codes.ts';
import { positional } from './read-input.ts';
import { mayColor, type RunContext } from './run-context.ts';
import { warnSameSite } from './warn-same-site.ts';

/** An image on neither site is no difference between them, but not what was asked for either: never green. */
const EXIT_CODES = {
  SAME: EXIT.inSync,
  DIFFERENT: EXIT.differences,
  ABSENT: EXIT.differences,
  INCOMPLETE: EXIT.incomplete,
} as const satisfies Record<Inspection['verdict'], number>;

const PROXY_EXIT_CODES = {
  ANSWERS: EXIT.inSync,
  ONE_PLATFORM: EXIT.differences,
  HIDES_INDEX: EXIT.differences,
  DIFFERENT: EXIT.differences,
  REFUSES: EXIT.differences,
  INCOMPLETE: EXIT.incomplete,
} as const satisfies Record<ProxyInspection['verdict'], number>;

interface Inspecting {
  readonly reading: ReadingSettings;
  readonly logger: Logger;
  readonly context: RunContext;
}

/** `inspect`: looks at one image and prints what was found. */
export async function runInspect(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const { output, stdout, environment, signal } = context;
  const resolved = resolveOptions(options, commandLine, environment, ALL_OPTIONS);
  const format = printFormat(resolved);
  const target = await inspectTarget(positional(commandLine, 'reference'), resolved, context);
  const inspecting = {
    reading: inspectReading(resolved),
    logger: commandLogger(resolved, context),
    context,
  };
  const view = { color: mayColor(stdout, environment), width: stdout.isTTY ? stdout.columns : null };
  if (target.kind === 'sites') {
    warnSameSite(target.sites, context);
    const { found, refused } = await inspectSites(target, inspecting);
    await output.print(format === 'json' ? inspectionJson(found) : inspectionTable(found, view));
    if (signal.aborted) return EXIT.interrupted;
    return refused.length > 0 ? EXIT.auth : EXIT_CODES[found.verdict];
  }
  const found = await inspectDependencyProxy(target, inspecting);
  await output.print(format === 'json' ? proxyInspectionJson(found) : proxyInspectionTable(found, view));
  if (signal.aborted) return EXIT.interrupted;
  // The proxy lets nobody in without one (`docs/facts.md` §9), so this is no word on the image.
  const isRefused =
    found.answer === null
      ? found.errors.some(({ code }) => code === 'AUTH_REFUSED')
      : found.answer.status === 401;
  return isRefused ? EXIT.auth : PROXY_EXIT_CODES[found.verdict];
}

async function inspectSites(
  { reference, sites }: Extract<InspectTarget, { kind: 'sites' }>,
  inspecting: Inspecting,
): Promise<{ found: Inspection; refused: readonly Site[] }> {
  const primary = open(sites.primary, inspecting);
  const secondary = open(sites.secondary, inspecting);
  try {
    const connections = { primary: primary.site, secondary: secondary.site };
    const { signal } = inspecting.context;
    const found = await inspect(connections, reference, signal);
    return { found, refused: await refusedSites(connections, found, signal) };
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
  }
}

async function inspectDependencyProxy(
  { proxy, upstream }: Extract<InspectTarget, { kind: 'dependency-proxy' }>,
  inspecting: Inspecting,
): Promise<ProxyInspection> {
  const front = open(proxy.site, inspecting);
  const source = upstream === null ? null : open(upstream.site, inspecting);
  try {
    return await inspectProxy(
      { client: front.site.client, reference: proxy.reference },
      upstream === null || source === null
        ? null
        : { client: source.site.client, reference: upstream.reference },
      inspecting.context.signal,
    );
  } finally {
    await Promise.all([front.close(), source?.close()]);
  }
}

function open(site: SiteSettings, { reading, logger, context }: Inspecting): OpenSite {
  return connectSite(site, reading, logger, context);
}
