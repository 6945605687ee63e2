import type { List } from '../core/list.ts';
import type { Report, RepositoryReport, Verdict } from '../report/report.ts';

/** The sums over all repositories. Any INCOMPLETE one makes the whole INCOMPLETE: green is never guessed. */
export function summarize(repositories: List<RepositoryReport>): Report['summary'] {
  const verdicts = { total: repositories.length, 'IN-SYNC': 0, 'OUT-OF-SYNC': 0, INCOMPLETE: 0 };
  const tags = { total: 0, MATCH: 0, MISMATCH: 0, 'PRIMARY-ONLY': 0, 'SECONDARY-ONLY': 0, UNRESOLVABLE: 0 };
  let silentlySkipped: number | null = 0;
  for (const { verdict, counts } of repositories) {
    verdicts[verdict]++;
    for (const status of Object.keys(tags) as Array<keyof typeof tags>) tags[status] += counts[status];
    silentlySkipped =
      silentlySkipped === null || counts.silentlySkipped === null
        ? null
        : silentlySkipped + counts.silentlySkipped;
  }
  const verdict: Verdict =
    verdicts.INCOMPLETE > 0 ? 'INCOMPLETE' : verdicts['OUT-OF-SYNC'] > 0 ? 'OUT-OF-SYNC' : 'IN-SYNC';
  return { verdict, repositories: verdicts, tags, silentlySkipped };
}
