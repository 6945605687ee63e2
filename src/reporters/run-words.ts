import type { Report } from '../report/report.ts';
import { plural } from './plural.ts';

/** What of a run its reader has to know before any finding: that it is a part, or partly older than it looks. */
export function runWords({ run }: Report): string[] {
  const { resumed, shard } = run;
  return [
    ...(shard === undefined
      ? []
      : [`part ${shard.index} of ${shard.count}, split by ${shard.by}: merge joins the parts`]),
    ...(resumed === undefined
      ? []
      : [
          `${plural(resumed.repositories, 'repository')} ${resumed.repositories === 1 ? 'was' : 'were'} read by an earlier run, the first of them ${ageWords(resumed)} before this one went on`,
        ]),
  ];
}

/** In the largest unit that does not round to nothing; both times are in the report. */
function ageWords({ at, oldest }: { readonly at: string; readonly oldest: string }): string {
  const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(oldest)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
