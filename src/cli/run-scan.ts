import type { StoredChecksums } from '../audit/compare-snapshots.ts';
import { scan } from '../audit/scan.ts';
import { summarize } from '../audit/summarize.ts';
import type { ReadingSettings, WritingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import type { Logger } from '../logger.ts';
import { buildReport } from '../report/build-report.ts';
import type { Site } from '../report/report.ts';
import { connectSite } from './connect-site.ts';
import { deliverReport } from './deliver-report.ts';
import { exitCodeOf } from './exit-codes.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import type { RunContext } from './run-context.ts';
import { packageVersion } from './version.ts';

/** A scan as it is asked for, with nothing left to look up. */
export interface ScanRequest {
  readonly command: string;
  readonly sites: Readonly<Record<Site, SiteSettings>>;
  readonly repositories: readonly string[];
  readonly reading: ReadingSettings;
  readonly writing: WritingSettings;
  readonly isShown?: ((tag: string) => boolean) | undefined;
  readonly stored?: StoredChecksums;
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
    primary: connectSite(sites.primary, reading, logger, context),
    secondary: connectSite(sites.secondary, reading, logger, context),
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
        ...(request.stored && { stored: request.stored }),
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
      sites: { ...result.sites },
      summary: summarize(result.repositories),
      repositories: [...result.repositories],
      fix: null,
    });
    await deliverReport(report, request, context);
    return exitCodeOf(report, result.refused);
  } finally {
    progress.end();
    await Promise.all([connections.primary.close(), connections.secondary.close()]);
  }
}
