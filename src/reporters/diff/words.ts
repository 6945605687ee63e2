import type { ReportDiff, RepositoryDiff, TagChange } from '../../report/diff-reports.ts';
import { plural } from '../plural.ts';

/** The kinds of change, in the order they are told: good news first, then what needs eyes. */
export const CHANGE_KINDS = ['fixed', 'new', 'changed', 'unread', 'still'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Headings for people. */
export const KIND_WORDS: Record<ChangeKind, string> = {
  fixed: 'fixed',
  new: 'new difference',
  changed: 'differs in another way',
  unread: 'not read this time',
  still: 'still different',
};

/** `MISMATCH -> MATCH`; why a report does not have the tag follows from the kind of change. */
export function changeWords({ before, after }: TagChange, kind: ChangeKind): string {
  if (before === after) return kind === 'changed' ? `${after}, other digests` : `${after}`;
  return `${before ?? 'not in the report'} -> ${after ?? (kind === 'unread' ? 'not read' : 'gone')}`;
}

/** `OUT-OF-SYNC -> IN-SYNC`. */
export function verdictWords({ verdictBefore, verdictAfter }: RepositoryDiff): string {
  if (verdictBefore === verdictAfter) return `still ${verdictAfter}`;
  return `${verdictBefore ?? 'not in the report'} -> ${verdictAfter ?? 'not in the report'}`;
}

/** One sentence that can be pasted. */
export function diffSentence(diff: ReportDiff): string {
  const { fixed, new: fresh, still, changed, unread } = diff.totals;
  const parts = [
    `${plural(fixed, 'tag')} fixed`,
    `${fresh} new`,
    `${still} still different`,
    ...(changed > 0 ? [`${changed} different in another way`] : []),
    ...(unread > 0 ? [`${unread} not read this time`] : []),
  ];
  const end = diff.worse
    ? 'Something got worse.'
    : diff.after.verdict === 'IN-SYNC'
      ? 'Everything that was read is in sync now.'
      : 'Nothing got worse.';
  return `Between ${minute(diff.before.finishedAt)} and ${minute(diff.after.finishedAt)}: ${parts.join(', ')}. ${end}`;
}

function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}
