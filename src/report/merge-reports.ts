import { compareBytes } from '../core/byte-order.ts';
import { UsageError } from '../errors.ts';
import { canonicalDigest } from './canonical.ts';
import type { FixReport, Report, RepositoryReport, Site } from './report.ts';

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
  /** The options on which all shards agree. */
  readonly options: Report['run']['options'];
  /** The accounts of all fixes; null when no shard had one. */
  readonly fix: FixReport | null;
}

/** Options that hide tags: a report that is filtered in part says nothing that holds for all of it. */
const FILTERS = ['include', 'exclude'];

/**
 * Joins the reports of shards: every repository of each, with its errors.
 *
 * @throws UsageError when two of them hold the same repository, or are of other sites, client paths or filters
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
    for (const option of FILTERS) {
      if (textOf(report.run.options[option] ?? []) !== textOf(first.report.run.options[option] ?? []))
        throw new UsageError(`${name} was made with another --${option} than ${first.name}`);
    }
    for (const { path, part } of report.repositories) {
      // Parts of one repository are its shards; the whole of it twice would be a guess at which is right.
      const key = part === undefined ? path : `${path} ${part.index}/${part.count}`;
      const owner = owners.get(key) ?? owners.get(path);
      if (owner !== undefined)
        throw new UsageError(`${path} is in ${owner} and in ${name}: shards must not overlap`);
      owners.set(key, name);
    }
  }
  requireAllShards(reports);
  const runs = reports.map(({ report }) => report.run);
  return {
    repositories: reports
      .flatMap(({ report }) => [...report.repositories])
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
    options: Object.fromEntries(
      Object.entries(first.report.run.options).filter(([name, value]) =>
        runs.every(({ options }) => textOf(options[name]) === textOf(value)),
      ),
    ),
    fix: mergeFixes(reports.map(({ report }) => report.fix).filter((fix) => fix !== null)),
  };
}

/** A merged report says something of the whole audit: a shard that did not come in must not pass for one that found nothing. */
function requireAllShards(reports: readonly NamedReport[]): void {
  const shards = reports.flatMap(({ report }) => (report.run.shard === undefined ? [] : [report.run.shard]));
  const [first] = shards;
  if (first === undefined) return;
  if (
    shards.length < reports.length ||
    shards.some(({ count, by }) => count !== first.count || by !== first.by)
  )
    throw new UsageError('merge: these reports are not the shards of one audit');
  const there = new Set(shards.map(({ index }) => index));
  const missing = Array.from({ length: first.count }, (_, at) => at + 1).filter((index) => !there.has(index));
  if (missing.length > 0) {
    throw new UsageError(`merge: shard ${missing.join(', ')} of ${first.count} is missing`, {
      hint: 'Give the reports of all shards, or run the missing ones again.',
    });
  }
}

/** Actions are numbered by plan, and so a second time here. */
function mergeFixes(fixes: readonly FixReport[]): FixReport | null {
  if (fixes.length < 2) return fixes[0] ?? null;
  return {
    actions: fixes
      .flatMap(({ actions }) => actions)
      .map((action, index) => ({ ...action, id: `${index + 1}` })),
    before: Object.assign({}, ...fixes.map(({ before }) => before)),
    after: Object.assign({}, ...fixes.map(({ after }) => after)),
    verified: fixes.every(({ verified }) => verified),
  };
}

function textOf(value: unknown): string {
  return canonicalDigest(value ?? null);
}

function requireSameSite(first: NamedReport, other: NamedReport, site: Site): void {
  const [a, b] = [first.report.sites[site].url, other.report.sites[site].url];
  if (a !== b)
    throw new UsageError(
      `${other.name} has the ${site} ${b}, ${first.name} has ${a}: not shards of one audit`,
    );
}
