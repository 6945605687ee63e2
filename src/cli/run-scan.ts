import type { StoredChecksums } from '../audit/compare-snapshots.ts';
import type { TagPart } from '../audit/scan.ts';
import type { FixSettings } from '../config/fix-settings.ts';
import type { ReadingSettings, WritingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import type { Logger } from '../logger.ts';
import type { Report, Site } from '../report/report.ts';
import { connectSite } from './connect-site.ts';
import { deliverReport, loadReporters, reportDirectory } from './deliver-report.ts';
import { exitCodeOf } from './exit-codes.ts';
import { defaultDirectory } from './output.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { readMap } from './redaction.ts';
import type { RunContext } from './run-context.ts';
import { scanSites } from './scan-sites.ts';
import { openScanStore } from './scan-store.ts';

/** A scan as it is asked for, with nothing left to look up. */
export interface ScanRequest {
  readonly command: string;
  readonly sites: Readonly<Record<Site, SiteSettings>>;
  readonly repositories: readonly string[];
  readonly reading: ReadingSettings;
  readonly writing: WritingSettings;
  readonly isShown?: ((tag: string) => boolean) | undefined;
  readonly stored?: StoredChecksums;
  readonly geo?: GeoRegistry;
  /** For the report: the options in force, without secrets. */
  readonly shownOptions: Readonly<Record<string, unknown>>;
  readonly logger: Logger;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** What a run that goes on with this one must have in common with it; null when none can. */
  readonly identity: Readonly<Record<string, unknown>> | null;
  /** The directory of a scan to go on with; null to begin one. */
  readonly resume: string | null;
  readonly shard?: Report['run']['shard'];
  /** Read a part of each repository's tags only. */
  readonly part?: TagPart | undefined;
  /** Reconcile what differs; null to read alone. */
  readonly fix: FixSettings | null;
}

/** Scans, reconciles when asked to, writes the reports and gives the exit code: `scan` and `demo`. */
export async function runScan(request: ScanRequest, context: RunContext): Promise<number> {
  const { reading, sites, logger, quiet, writing, verbose } = request;
  const startedAt = new Date(context.clock.now());
  const directory = request.resume ?? defaultDirectory(request.command, startedAt);
  const delivery = { writing, quiet, verbose, directory };
  // A damaged mapping is told before the run, not after it.
  if (request.writing.redactionMap !== null) readMap(request.writing.redactionMap);
  const open = {
    primary: connectSite(sites.primary, reading, logger, context),
    secondary: connectSite(sites.secondary, reading, logger, context),
  };
  const store = openScanStore(
    {
      // A journal has every name in plain, and must not lie beside a report that has none.
      directory:
        request.resume ??
        (request.identity === null || writing.redactionMap !== null
          ? null
          : reportDirectory(writing, directory)),
      resume: request.resume !== null,
      selection: request.repositories,
      scan: request.identity ?? {},
      quiet,
    },
    context,
  );
  const progress = quiet ? NO_PROGRESS : createProgress(context.stderr, context.clock);
  const frame = {
    command: request.command,
    startedAt: store.journal.resumed?.startedAt ?? startedAt.toISOString(),
    shownOptions: request.shownOptions,
    journal: store.journal,
    ...(request.shard && { shard: request.shard }),
    scanOptions: {
      clientPath: reading.clientPath,
      narrow: reading.narrow,
      settleSeconds: reading.settleSeconds,
      deep: reading.deep,
      ...(request.isShown && { isShown: request.isShown }),
      ...(request.stored && { stored: request.stored }),
      ...(request.geo && { geo: request.geo }),
      ...(request.part && { part: request.part }),
    },
  };
  let whole: Report | null = null;
  let isOutdated = false;
  const onWrite = () => {
    isOutdated = true;
  };
  try {
    const scanning = scanSites(open, request.repositories, frame, progress, context);
    loadReporters(writing);
    const { report, refused } = await scanning;
    if (request.fix === null || refused.length > 0 || report.run.interrupted) {
      await deliverReport(report, delivery, context);
      whole = report;
      return exitCodeOf(report, refused);
    }
    const { fixReport } = await import('./fix-report.ts');
    whole = report;
    return await fixReport(
      { report, open, frame, fix: request.fix, delivery, progress, plan: null, onWrite },
      context,
    );
  } finally {
    progress.end();
    await Promise.all([open.primary.close(), open.secondary.close()]);
    store.end(whole, isOutdated);
  }
}
