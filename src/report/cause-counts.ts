import type { RepositoryReport } from './report.ts';

/**
 * How many tags of a repository carry each cause. A repository without causes has no tag with one, which spares
 * a walk through a million healthy tags; one whose tags were not all found equal is looked through all the same.
 */
export function tagCauseCounts({ causes, counts, tags }: RepositoryReport): Map<string, number> {
  const found = new Map<string, number>();
  if (causes.length === 0 && counts.MATCH === counts.total) return found;
  for (const tag of tags) for (const code of tag.causes) found.set(code, (found.get(code) ?? 0) + 1);
  return found;
}
