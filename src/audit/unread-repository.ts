import type { ReadError, RepositorySnapshot } from '../report/snapshot.ts';

/** A repository of which nothing was read; without an error when only the other site is to blame. */
export function unreadRepository(path: string, error: ReadError | null): RepositorySnapshot {
  return {
    path,
    present: null,
    tags: [],
    errors: error === null ? [] : [error],
    complete: { wide: false, narrow: false },
    firstPage: null,
    gitlabV1: null,
  };
}
