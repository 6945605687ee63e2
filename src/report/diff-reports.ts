import { compareBytes } from '../core/byte-order.ts';
import { isFinding } from './deep.ts';
import { REDACTED } from './redact-report.ts';
import type { Report, RepositoryReport, Verdict } from './report.ts';
import type { Status, TagReport } from './tag-report.ts';

/** What became of one tag between two reports. */
export interface TagChange {
  readonly name: string;
  /** null where the report does not have the tag: on neither site, not read, or hidden. */
  readonly before: Status | null;
  readonly after: Status | null;
}

/** What became of one repository. Tags that were healthy and still are appear nowhere. */
export interface RepositoryDiff {
  readonly path: string;
  /** null where the report does not have the repository. */
  readonly verdictBefore: Verdict | null;
  readonly verdictAfter: Verdict | null;
  /** Differed, and is equal on both sites or gone from both now. */
  readonly fixed: readonly TagChange[];
  /** Was healthy or not in the earlier report, and differs now. */
  readonly new: readonly TagChange[];
  /** Differs as before, with the same digests. */
  readonly still: readonly TagChange[];
  /** Differs in another way than before: another verdict, or other digests. */
  readonly changed: readonly TagChange[];
  /** Differed, and was not read this time, or is hidden by a filter: nothing is known. */
  readonly unread: readonly TagChange[];
}

export interface ReportDiff {
  readonly before: ReportStamp;
  readonly after: ReportStamp;
  readonly totals: { fixed: number; new: number; still: number; changed: number; unread: number };
  /** Only repositories in which something is to be told, sorted by path in byte order. */
  readonly repositories: readonly RepositoryDiff[];
  /** Something got worse: a new difference, a worse verdict, or a repository that can no longer be read. */
  readonly worse: boolean;
}

interface ReportStamp {
  readonly finishedAt: string;
  readonly verdict: Verdict;
  readonly reportDigest: string;
}

/** The worse, the higher. */
const SEVERITY: Record<Status, number> = {
  MATCH: 0,
  'SECONDARY-ONLY': 1,
  'PRIMARY-ONLY': 2,
  MISMATCH: 3,
  UNRESOLVABLE: 4,
};

/** Compares two reports of the same sites over time. Pure: what it says follows from the two reports alone. */
export function diffReports(before: Report, after: Report): ReportDiff {
  const earlier = new Map(before.repositories.map((repository) => [repository.path, repository]));
  const later = new Map(after.repositories.map((repository) => [repository.path, repository]));
  const paths = [...new Set([...earlier.keys(), ...later.keys()])].sort(compareBytes);
  const mayHide = hidesOtherTags(before, after);
  const all = paths.map((path) => diffRepository(path, earlier.get(path), later.get(path), mayHide));
  const sum = (kind: 'fixed' | 'new' | 'still' | 'changed' | 'unread') =>
    all.reduce((total, each) => total + each[kind].length, 0);
  return {
    before: stampOf(before),
    after: stampOf(after),
    totals: {
      fixed: sum('fixed'),
      new: sum('new'),
      still: sum('still'),
      changed: sum('changed'),
      unread: sum('unread'),
    },
    repositories: all.filter(hasNews),
    worse: all.some(gotWorse),
  };
}

/** A filter of the later report that the earlier had not: a tag that is not there may just be hidden. */
function hidesOtherTags(before: Report, after: Report): boolean {
  const filterOf = ({ run }: Report) => [run.options.include ?? [], run.options.exclude ?? []];
  const [was, is] = [JSON.stringify(filterOf(before)), JSON.stringify(filterOf(after))];
  // What a redacted report says of its filter fits every other one.
  return is !== '[[],[]]' && (is !== was || is.includes(JSON.stringify(REDACTED)));
}

function stampOf(report: Report): ReportStamp {
  return {
    finishedAt: report.run.finishedAt,
    verdict: report.summary.verdict,
    reportDigest: report.reportDigest,
  };
}

function diffRepository(
  path: string,
  before: RepositoryReport | undefined,
  after: RepositoryReport | undefined,
  mayHide: boolean,
): RepositoryDiff {
  const changes = {
    fixed: [] as TagChange[],
    new: [] as TagChange[],
    still: [] as TagChange[],
    changed: [] as TagChange[],
    unread: [] as TagChange[],
  };
  const earlier = new Map(before?.tags.map((tag) => [tag.name, tag]));
  const later = new Map(after?.tags.map((tag) => [tag.name, tag]));
  for (const name of [...new Set([...earlier.keys(), ...later.keys()])].sort(compareBytes)) {
    const gone = mayHide || after === undefined || after.verdict === 'INCOMPLETE' ? 'unread' : 'fixed';
    const kind = changeOf(earlier.get(name), later.get(name), gone);
    const change = {
      name,
      before: earlier.get(name)?.status ?? null,
      after: later.get(name)?.status ?? null,
    };
    if (kind !== null) changes[kind].push(change);
  }
  return { path, verdictBefore: before?.verdict ?? null, verdictAfter: after?.verdict ?? null, ...changes };
}

function changeOf(
  before: TagReport | undefined,
  after: TagReport | undefined,
  gone: 'unread' | 'fixed',
): 'fixed' | 'new' | 'still' | 'changed' | 'unread' | null {
  const wasBad = before !== undefined && isFinding(before);
  if (after === undefined) {
    // Gone from both sites is a way of agreeing, but only where the whole repository was read and is shown.
    return wasBad ? gone : null;
  }
  if (!isFinding(after)) return wasBad ? 'fixed' : null;
  if (!wasBad) return 'new';
  return before.status === after.status && digestsOf(before) === digestsOf(after) ? 'still' : 'changed';
}

function digestsOf({ primary, secondary }: TagReport): string {
  return [primary, secondary]
    .map((reading) => (reading.state === 'resolved' ? reading.digest : reading.state))
    .join(' ');
}

function hasNews(diff: RepositoryDiff): boolean {
  const { fixed, new: fresh, still, changed, unread, verdictBefore, verdictAfter } = diff;
  return (
    [fixed, fresh, still, changed, unread].some((list) => list.length > 0) || verdictBefore !== verdictAfter
  );
}

function gotWorse({ new: fresh, changed, unread, verdictBefore, verdictAfter }: RepositoryDiff): boolean {
  if (fresh.length > 0 || unread.length > 0) return true;
  if (verdictAfter === 'INCOMPLETE' && verdictBefore !== 'INCOMPLETE') return true;
  if (verdictAfter === 'OUT-OF-SYNC' && verdictBefore === 'IN-SYNC') return true;
  return changed.some(
    ({ before, after }) => before !== null && after !== null && SEVERITY[after] > SEVERITY[before],
  );
}
