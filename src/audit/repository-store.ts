import { compareBytes } from '../core/byte-order.ts';
import { type List, lazyList } from '../core/list.ts';
import type { RepositoryReport } from '../report/report.ts';
import type { ClientPath } from '../verifier/profiles.ts';

/** Whether a scan is done with a repository. */
export interface Finality {
  /** False when the run was cut: the report stands for this run alone, and a later one reads the repository again. */
  readonly isFinal: boolean;
}

/** Where a scan puts the repositories it is done with: memory, or a file that a later run can go on from. */
export interface RepositoryStore {
  /** How an earlier run read what is there; null where there was none. */
  readonly clientPath: ClientPath | null;
  /**
   * Begins a scan that reads by this client path.
   *
   * @returns the paths that are there already, and are not read again
   * @throws UsageError when what is there was read in another way
   */
  begin(clientPath: ClientPath): ReadonlySet<string>;
  /** Takes a repository in the place of what is there of it, unless its reading was cut and that has more tags. */
  add(report: RepositoryReport, how?: Finality): void;
  /** All of them by path in byte order; each is read anew in every walk where they lie in a file. */
  list(): List<RepositoryReport>;
}

/** A store for as many repositories as fit into memory. */
export function createMemoryStore(): RepositoryStore {
  const reports = new Map<string, RepositoryReport>();
  return {
    clientPath: null,
    begin: () => new Set(reports.keys()),
    add(report) {
      reports.set(report.path, report);
    },
    list() {
      const sorted = [...reports.values()].sort((a, b) => compareBytes(a.path, b.path));
      return lazyList(sorted.length, () => sorted[Symbol.iterator]());
    },
  };
}
