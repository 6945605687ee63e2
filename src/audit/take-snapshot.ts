import { compareBytes } from '../core/byte-order.ts';
import { UsageError } from '../errors.ts';
import type { RepositorySnapshot, SiteIdentity } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import { collectRepository } from './collect.ts';
import { createDeepRun } from './deep/deep-run.ts';
import { type DeepProgress, deepenRepository } from './deep/deepen-repository.ts';
import { identifySite, type SiteConnection } from './identify-site.ts';
import { INTERRUPTED } from './read-failure.ts';
import type { NarrowMode } from './read-tag.ts';
import type { DeepOptions } from './scan.ts';
import { unreadRepository } from './unread-repository.ts';

export interface SnapshotOptions {
  /** `auto` takes the GitLab v1 API where the site has it; the other site's snapshot must have taken the same. */
  readonly clientPath: ClientPath | 'auto';
  readonly narrow: NarrowMode;
  /** Look below every tag (`--deep`); absent for not. */
  readonly deep?: DeepOptions | undefined;
}

export interface SnapshotEvents {
  readonly onRepository?: (path: string, index: number, total: number) => void;
  readonly onProgress?: (path: string, progress: { done: number; total: number }) => void;
  readonly onDeep?: (path: string, progress: DeepProgress) => void;
}

export interface SnapshotParts {
  readonly identity: SiteIdentity;
  readonly clientPath: ClientPath;
  /** Sorted by path in byte order. */
  readonly repositories: readonly RepositorySnapshot[];
  /** The site refuses the credential as a whole. */
  readonly refused: boolean;
}

/**
 * Reads repositories of one site, by the code that a scan reads each of its two with.
 *
 * @throws UsageError when `gitlab-v1` is asked for and the site says that it has it not
 */
export async function takeSnapshot(
  connection: SiteConnection,
  paths: readonly string[],
  options: SnapshotOptions,
  events: SnapshotEvents = {},
  signal?: AbortSignal,
): Promise<SnapshotParts> {
  const site = await identifySite(connection, signal);
  // Where it is not known, the reading itself shows what the matter is.
  if (options.clientPath === 'gitlab-v1' && site.gitlabV1 === false) {
    throw new UsageError('--client-path gitlab-v1: the registry has no GitLab v1 API');
  }
  const gitlabV1 = site.gitlabV1 ?? false;
  const clientPath =
    options.clientPath === 'auto' ? (gitlabV1 ? 'gitlab-v1' : 'docker-v2') : options.clientPath;
  const run = options.deep === undefined ? null : createDeepRun(options.deep);
  const repositories: RepositorySnapshot[] = [];
  const unique = [...new Set(paths)].sort(compareBytes);
  for (const [index, path] of unique.entries()) {
    events.onRepository?.(path, index, unique.length);
    const lost = signal?.aborted ? INTERRUPTED : site.fault;
    if (lost !== null) {
      repositories.push(unreadRepository(path, lost));
      continue;
    }
    const onProgress = (progress: { done: number; total: number }) => events.onProgress?.(path, progress);
    const { narrow } = options;
    const { client, concurrency } = site;
    const read = await collectRepository(client, path, {
      clientPath,
      gitlabV1,
      narrow,
      concurrency,
      signal,
      onProgress,
    });
    const onDeep = (progress: DeepProgress) => events.onDeep?.(path, progress);
    repositories.push(
      run === null
        ? read
        : await deepenRepository(client, read, {
            run,
            site: site.url,
            concurrency,
            signal,
            onProgress: onDeep,
          }),
    );
  }
  const nothingRead = repositories.length > 0 && repositories.every(({ present }) => present === null);
  return { identity: site.identity, clientPath, repositories, refused: site.refused !== null && nothingRead };
}
