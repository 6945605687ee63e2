import { compareBytes } from '../core/byte-order.ts';
import { UsageError } from '../errors.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { hasGitlabV1 } from '../report/has-gitlab-v1.ts';
import type { RepositoryReport, Site } from '../report/report.ts';
import type { RepositorySnapshot, Snapshot } from '../report/snapshot.ts';
import { classifyRepository } from './classify.ts';
import { unreadRepository } from './unread-repository.ts';

/** Geo's stored checksums by repository path and site, as the user gave them. */
export type StoredChecksums = ReadonlyMap<string, Partial<Record<Site, string>>>;

/**
 * The repositories of a report from two snapshot files: what a live scan would have said. A repository that
 * only one of the files holds was not read on the other side, which is an error and not an absence.
 *
 * @param options.names the files, as errors call them
 * @throws UsageError when a snapshot is of the other side, or the two were read by different client paths
 */
export function compareSnapshots(
  primary: Snapshot,
  secondary: Snapshot,
  options: {
    isShown?: (tag: string) => boolean;
    stored?: StoredChecksums;
    geo?: GeoRegistry;
    names?: Readonly<Record<Site, string>>;
  } = {},
): RepositoryReport[] {
  const names = options.names ?? { primary: 'the primary snapshot', secondary: 'the secondary snapshot' };
  requireSide(primary, 'primary', names.primary);
  requireSide(secondary, 'secondary', names.secondary);
  if (primary.run.clientPath !== secondary.run.clientPath) {
    throw new UsageError(
      `${names.primary} was read by ${primary.run.clientPath}, ${names.secondary} by ${secondary.run.clientPath}: two client paths cannot be compared`,
      { hint: 'Take both snapshots with the same --client-path.' },
    );
  }
  const left = byPath(primary);
  const right = byPath(secondary);
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort(compareBytes);
  const authenticated = { primary: wasAuthenticated(primary), secondary: wasAuthenticated(secondary) };
  const gitlabV1 = { primary: hasGitlabV1(primary.site), secondary: hasGitlabV1(secondary.site) };
  return paths.map((path) => {
    const stored = options.stored?.get(path);
    return classifyRepository(
      withStored(left.get(path) ?? notInSnapshot(path, 'primary'), stored?.primary),
      withStored(right.get(path) ?? notInSnapshot(path, 'secondary'), stored?.secondary),
      { ...options, gitlabV1, authenticated },
    );
  });
}

/** Whether a snapshot was taken with a credential, as its options tell. */
function wasAuthenticated({ run }: Snapshot): boolean {
  const { credentials } = run.options;
  const kinds = Object.values(typeof credentials === 'object' && credentials !== null ? credentials : {});
  return kinds.some(isCredential);
}

/** Whether what the options say of a credential is one. */
export function isCredential(credential: unknown): boolean {
  return (credential as { kind?: unknown } | null)?.kind !== 'anonymous';
}

/** A snapshot of a repository with the checksum that Geo has stored for it, if the user gave one. */
export function withStored(snapshot: RepositorySnapshot, stored: string | undefined): RepositorySnapshot {
  return stored === undefined ? snapshot : { ...snapshot, storedChecksum: stored };
}

function requireSide({ side }: Snapshot, expected: Site, name: string): void {
  if (side !== null && side !== expected) {
    throw new UsageError(`${name} is a snapshot of the ${side}, where one of the ${expected} is expected`, {
      hint: 'Name the primary first, then the secondary.',
    });
  }
}

function byPath(snapshot: Snapshot): Map<string, RepositorySnapshot> {
  return new Map(snapshot.repositories.map((repository) => [repository.path, repository]));
}

function notInSnapshot(path: string, site: Site): RepositorySnapshot {
  return unreadRepository(path, {
    code: 'NOT_IN_SNAPSHOT',
    status: null,
    message: `the ${site} snapshot does not hold ${path}`,
    hint: 'Take the snapshots of both sites for the same repositories.',
  });
}
