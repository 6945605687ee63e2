import { type List, mapList } from '../core/list.ts';
import { addEvidence } from './add-evidence.ts';
import { reportDigest } from './canonical.ts';
import { tagCauseCounts } from './cause-counts.ts';
import { CAUSE_CODES, findCause } from './causes.ts';
import { fixCauses, stillHolding } from './fix-causes.ts';
import { type Report, type RepositoryReport, SCHEMA_VERSION } from './report.ts';

/** Everything of a report that is not fixed by its schema. */
export type ReportParts = Omit<Report, 'schemaVersion' | 'tool' | 'reportDigest'> & {
  readonly version: string;
};

/**
 * Completes a report and seals it with its digest: what a fix found out becomes causes of its repositories, and the
 * causes of the run are put into words, so that the file explains itself.
 */
export function buildReport(parts: ReportParts): Report {
  const { version, run, sites, summary, fix } = parts;
  const found = fix === null ? null : fixCauses(fix);
  const repositories =
    found === null
      ? parts.repositories
      : mapList(parts.repositories, (repository) =>
          addEvidence(repository, stillHolding(found.get(repository.path) ?? [], repository)),
        );
  const unsealed = {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'geo-registry-audit', version },
    run,
    sites,
    summary: { ...summary, causes: causesOfRun(repositories) },
    repositories,
    fix,
  } as const;
  return { ...unsealed, reportDigest: reportDigest(unsealed) };
}

/** Each known cause that a repository has, with how many repositories and tags carry it. */
function causesOfRun(repositories: List<RepositoryReport>): NonNullable<Report['summary']['causes']> {
  const carried = new Map<string, { repositories: number; tags: number }>();
  const of = (code: string) => {
    const counts = carried.get(code) ?? { repositories: 0, tags: 0 };
    carried.set(code, counts);
    return counts;
  };
  for (const repository of repositories) {
    for (const code of repository.causes) of(code).repositories++;
    for (const [code, count] of tagCauseCounts(repository)) of(code).tags += count;
  }
  return CAUSE_CODES.flatMap((code) => {
    const counts = carried.get(code);
    const cause = findCause(code);
    return counts === undefined || cause === null
      ? []
      : [{ code, says: cause.says, nextStep: cause.nextStep, ...counts }];
  });
}
