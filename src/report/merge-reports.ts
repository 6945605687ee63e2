import { compareBytes } from '../core/byte-order.ts';
import { UsageError } from '../errors.ts';
import type { Report, RepositoryReport, Site } from './report.ts';

/** What `merge` takes of each report, with the file's name for errors. */
export interface NamedReport {
  readonly name: string;
  readonly report: Report;
}

/** The parts of a merged report that follow from its shards; the caller sums and seals. */
export interface MergedParts {
  readonly repositories: readonly RepositoryReport[];
  readonly sites: Report['sites'];
  readonly run: Pick<Report['run'], 'startedAt' | 'finishedAt' | 'clientPath' | 'interrupted'>;
}

/**
 * Joins the reports of shards: every repository of each, with its errors.
 *
 * @throws UsageError when two of them hold the same repository, or are of other sites or client paths
 */
export function mergeReports(reports: readonly NamedReport[]): MergedParts {
  const [first] = reports;
  if (first === undefined) throw new UsageError('merge: expected at least one report');
  const owners = new Map<string, string>();
  for (const { name, report } of reports) {
    for (const site of ['primary', 'secondary'] as const) requireSameSite(first, { name, report }, site);
    if (report.run.clientPath !== first.report.run.clientPath) {
      throw new UsageError(
        `${name} was read by ${report.run.clientPath}, ${first.name} by ${first.report.run.clientPath}`,
      );
    }
    for (const { path } of report.repositories) {
      const owner = owners.get(path);
      if (owner !== undefined)
        throw new UsageError(`${path} is in ${owner} and in ${name}: shards must not overlap`);
      owners.set(path, name);
    }
  }
  const runs = reports.map(({ report }) => report.run);
  return {
    repositories: reports
      .flatMap(({ report }) => report.repositories)
      .sort((a, b) => compareBytes(a.path, b.path)),
    sites: first.report.sites,
    run: {
      startedAt: runs.map((run) => run.startedAt).sort(compareBytes)[0] ?? '',
      finishedAt:
        runs
          .map((run) => run.finishedAt)
          .sort(compareBytes)
          .at(-1) ?? '',
      clientPath: first.report.run.clientPath,
      interrupted: runs.some((run) => run.interrupted),
    },
  };
}

function requireSameSite(first: NamedReport, other: NamedReport, site: Site): void {
  const [a, b] = [first.report.sites[site].url, other.report.sites[site].url];
  if (a !== b)
    throw new UsageError(
      `${other.name} has the ${site} ${b}, ${first.name} has ${a}: not shards of one audit`,
    );
}
