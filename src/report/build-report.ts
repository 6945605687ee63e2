import { reportDigest } from './canonical.ts';
import { type Report, SCHEMA_VERSION } from './report.ts';

/** Everything of a report that is not fixed by its schema. */
export type ReportParts = Omit<Report, 'schemaVersion' | 'tool' | 'reportDigest'> & {
  readonly version: string;
};

/** Completes a report and seals it with its digest. */
export function buildReport({ version, run, sites, summary, repositories, fix }: ReportParts): Report {
  const unsealed = {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'geo-registry-audit', version },
    run,
    sites,
    summary,
    repositories,
    fix,
  } as const;
  return { ...unsealed, reportDigest: reportDigest(unsealed) };
}
