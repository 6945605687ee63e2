import { NAMED_TAGS } from '../report/cause-evidence.ts';
import { isFinding } from '../report/deep.ts';
import type { RepositoryReport } from '../report/report.ts';
import type { TagReport } from '../report/tag-report.ts';

/** The tags that carry a cause: how many, and the first of them in byte order. */
export interface Carriers {
  count: number;
  readonly names: string[];
}

/** What a walk through a repository's tags counts, so that one walk is enough. */
export interface TagTally {
  readonly counts: RepositoryReport['counts'];
  /** Any tag that is something to act on. */
  readonly hasFinding: boolean;
  /** Tags that a narrow reader sees a difference in. */
  readonly narrowDifferences: number;
  readonly byCause: ReadonlyMap<string, Carriers>;
}

/** A tally to which tags are added in byte order. */
export function createTagTally(): TagTally & { add(tag: TagReport): void } {
  const counts = { total: 0, MATCH: 0, MISMATCH: 0, 'PRIMARY-ONLY': 0, 'SECONDARY-ONLY': 0, UNRESOLVABLE: 0 };
  const byCause = new Map<string, Carriers>();
  let silentlySkipped: number | null = 0;
  let hasFinding = false;
  let narrowDifferences = 0;
  return {
    get counts() {
      return { ...counts, silentlySkipped };
    },
    get hasFinding() {
      return hasFinding;
    },
    get narrowDifferences() {
      return narrowDifferences;
    },
    byCause,
    add(tag) {
      counts.total++;
      counts[tag.status]++;
      // Not known of one is not known of the sum.
      if (tag.silentlySkipped === null) silentlySkipped = null;
      else if (tag.silentlySkipped && silentlySkipped !== null) silentlySkipped++;
      if (tag.narrowStatus !== null && tag.narrowStatus !== 'MATCH') narrowDifferences++;
      hasFinding ||= isFinding(tag);
      for (const code of tag.causes) {
        const carriers = byCause.get(code) ?? { count: 0, names: [] };
        byCause.set(code, carriers);
        carriers.count++;
        if (carriers.names.length < NAMED_TAGS) carriers.names.push(tag.name);
      }
    },
  };
}
