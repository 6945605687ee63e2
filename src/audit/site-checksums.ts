import { mapList } from '../core/list.ts';
import type { ChecksumPair, RepositoryChecksums } from '../report/report.ts';
import type { RepositorySnapshot } from '../report/snapshot.ts';
import { narrowTuple, wideTuple } from '../verifier/profiles.ts';
import { repositoryChecksum, type TagTuple } from '../verifier/repository-checksum.ts';

/** Both sites' sums under each profile; null where a site did not give all that a sum is over. */
export function checksumsOf(primary: RepositorySnapshot, secondary: RepositorySnapshot): RepositoryChecksums {
  // What neither site knows has no checksum to compare: two sums of nothing would look like agreement.
  if (primary.present === false && secondary.present === false) {
    return NO_CHECKSUMS;
  }
  const wide = pair(wideChecksum(primary), wideChecksum(secondary));
  return {
    wide,
    narrow: pair(narrowChecksum(primary, wide.primary), narrowChecksum(secondary, wide.secondary)),
    gitlabV1: pair(
      primary.gitlabV1 && repositoryChecksum(primary.gitlabV1),
      secondary.gitlabV1 && repositoryChecksum(secondary.gitlabV1),
    ),
  };
}

/** A sum is of all tags or of none. */
export const NO_CHECKSUMS: RepositoryChecksums = {
  wide: pair(null, null),
  narrow: pair(null, null),
  gitlabV1: pair(null, null),
};

function pair(primary: string | null, secondary: string | null): ChecksumPair {
  return { primary, secondary, equal: primary === null || secondary === null ? null : primary === secondary };
}

function wideChecksum(snapshot: RepositorySnapshot): string | null {
  if (!snapshot.complete.wide) return null;
  return repositoryChecksum(mapList(snapshot.tags, ({ name, reading }) => wideTuple(name, reading)));
}

/** @param wide the sum of the same snapshot under the other profile */
function narrowChecksum(snapshot: RepositorySnapshot, wide: string | null): string | null {
  if (snapshot.narrowOnly !== undefined) return repositoryChecksum(snapshot.narrowOnly);
  if (!snapshot.complete.narrow) return null;
  let isAsWide = true;
  for (const { reading } of snapshot.tags) {
    if (reading.narrow === null) return null;
    if (reading.narrow.digest !== reading.digest) isAsWide = false;
  }
  // The same tuples have the same sum: where nothing is hidden from a narrow reader they are hashed once.
  if (isAsWide && wide !== null) return wide;
  return repositoryChecksum(
    mapList(snapshot.tags, ({ name, reading }) => narrowTuple(name, reading) as TagTuple),
  );
}
