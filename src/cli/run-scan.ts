import { scan } from '../audit/scan.ts';
import { summarize } from '../audit/summarize.ts';
import { describeCredential } from '../auth/credential.ts';
import type { ResolvedOptions } from '../config/resolve-options.ts';
import type { ReadingSettings, WritingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import { redactUrl } from '../http/redact-url.ts';
import type { Logger } from '../logger.ts';
import { connectRegistry } from '../registry/connect-registry.ts';
import { buildReport } from '../report/build-report.ts';
import type { Report, Site } from '../report/report.ts';
import { exitCodeOf } from './exit-codes.ts';
import { defaultDirectory, printReport, writeReport } from './output.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { mayColor, type RunContext } from './run-context.ts';
import { packageVersion } from './version.ts';

/** A scan as it is asked for, with nothing left to look up. */
export interface ScanRequest {
  readonly command: string;
  readonly sites: Readonly<Record<Site, SiteSettings>>;
  readonly repositories: readonly string[];
  readonly reading: ReadingSettings;
  readonly writing: WritingSettings;
  readonly isShown?: ((tag: string) => boolean) | undefined;
  /** For the report: the options in force, without secrets. */
  readonly shownOptions: Readonly<Record<string, unknown>>;
  readonly logger: Logger;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Scans, writes the reports and gives the exit code. The work behind `scan` and `demo`. */
export async function runScan(request: ScanRequest, context: RunContext): Promise<number> {
  const { reading, sites, logger } = request;
  const { clock, signal } = context;
  const startedAt = new Date(clock.now());
  const connections = {
    primary: connect(sites.primary, reading, logger, context),
    secondary: connect(sites.secondary, reading, logger, context),
  };
  const progress = request.quiet ? NO_PROGRESS : createProgress(context.stderr, clock);
  try {
    const result = await scan(
      { primary: connections.primary.site, secondary: connections.secondary.site },
      request.repositories,
      {
        clientPath: reading.clientPath,
        narrow: reading.narrow,
        settleSeconds: reading.settleSeconds,
        ...(request.isShown && { isShown: request.isShown }),
      },
      { clock, signal, onEvent: progress.onEvent },
    );
    progress.end();
    const report = buildReport({
      version: packageVersion(),
      run: {
        command: request.command,
        startedAt: startedAt.toISOString(),
        finishedAt: new Date(clock.now()).toISOString(),
        clientPath: result.clientPath,
        interrupted: result.interrupted,
        options: { ...request.shownOptions },
      },
      sites: {
        primary: { ...result.sites.primary, registry: mutable(result.sites.primary.registry) },
        secondary: { ...result.sites.secondary, registry: mutable(result.sites.secondary.registry) },
      },
      summary: summarize(result.repositories),
      repositories: [...result.repositories],
      fix: null,
    });
    await deliver(report, request, startedAt, context);
    return exitCodeOf(report, result.refused);
  } finally {
    progress.end();
    await Promise.all([connections.primary.close(), connections.secondary.close()]);
  }
}

function connect(
  settings: SiteSettings,
  reading: ReadingSettings,
  logger: Logger,
  { clock, signal }: RunContext,
) {
  const connection = connectRegistry({ ...settings, ...reading, clock, logger, signal });
  return {
    site: {
      client: connection.client,
      url: redactUrl(settings.url).replace(/\/$/, ''),
      concurrency: reading.concurrency,
    },
    close: connection.close,
  };
}

function mutable<T extends { readonly features: readonly string[] }>(registry: T) {
  return { ...registry, features: [...registry.features] };
}

/** Standard output and files, as `--out` and `--format` say. */
async function deliver(
  report: Report,
  request: ScanRequest,
  startedAt: Date,
  context: RunContext,
): Promise<void> {
  const { writing, verbose, quiet } = request;
  const { output, stdout, stderr, environment } = context;
  const color = mayColor(stdout, environment);
  const width = stdout.isTTY ? stdout.columns : null;
  if (writing.out === '-') {
    for (const format of writing.formats)
      await printReport(output, report, format, { color, width, verbose });
    return;
  }
  if (writing.formats.includes('table'))
    await printReport(output, report, 'table', { color, width, verbose });
  const files = writing.formats.filter((format) => format !== 'table');
  const directory = writing.out ?? defaultDirectory(request.command, startedAt);
  const paths = writeReport(output, report, files, directory);
  if (!quiet && paths.length > 0) stderr.write(`Wrote ${paths.join(' and ')}\n`);
}

/** A resolved option set as the report shows it: values in force, and credentials by where they came from. */
export function shownOptions(
  options: ResolvedOptions,
  names: readonly string[],
  sites: Readonly<Record<Site, SiteSettings>>,
) {
  const values = names.flatMap((name) => {
    const value = options.value(name);
    return value === null || (Array.isArray(value) && value.length === 0) ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(values),
    credentials: {
      primary: describeCredential(sites.primary.credential),
      secondary: describeCredential(sites.secondary.credential),
    },
  };
}
