import { compareBytes } from '../core/byte-order.ts';
import type { Clock } from '../core/clock.ts';
import { UsageError } from '../errors.ts';
import type { RepositorySnapshot, SiteIdentity } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import { collectRepository } from './collect.ts';
import { createDeepRun } from './deep/deep-run.ts';
import { type DeepProgress, deepenRepository } from './deep/deepen-repository.ts';
import { identifySite, type SiteConnection } from './identify-site.ts';
import { watchPresence } from './presence.ts';
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

export interface SnapshotContext {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onRepository?: (path: string, index: number, total: number) => void;
  readonly onProgress?: (path: string, progress: { done: number; total: number }) => void;
  readonly onDeep?: (path: string, progress: DeepProgress) => void;
  /** The site is gone and waited for, or no longer. */
  readonly onWaiting?: (isWaiting: boolean) => void;
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
  context: SnapshotContext,
): Promise<SnapshotParts> {
  const { signal } = context;
  const site = await identifySite(connection, signal);
  // Where it is not known, the reading itself shows what the matter is.
  if (options.clientPath === 'gitlab-v1' && site.gitlabV1 === false) {
    throw new UsageError('--client-path gitlab-v1: the registry has no GitLab v1 API');
  }
  const gitlabV1 = site.gitlabV1 ?? false;
  const clientPath =
    options.clientPath === 'auto' ? (gitlabV1 ? 'gitlab-v1' : 'docker-v2') : options.clientPath;
  const run = options.deep === undefined ? null : createDeepRun(options.deep);
  const presence = watchPresence(site, context);
  const repositories: RepositorySnapshot[] = [];
  const unique = [...new Set(paths)].sort(compareBytes);
  for (const [index, path] of unique.entries()) {
    context.onRepository?.(path, index, unique.length);
    const lost = signal?.aborted ? INTERRUPTED : presence.lost;
    if (lost !== null) {
      repositories.push(unreadRepository(path, lost));
      continue;
    }
    const onProgress = (progress: { done: number; total: number }) => context.onProgress?.(path, progress);
    const { narrow } = options;
    const { client, concurrency } = site;
    const readOnce = () =>
      collectRepository(client, path, {
        clientPath,
        gitlabV1,
        narrow,
        concurrency,
        askSite: presence.ask,
        signal,
        onProgress,
      });
    const before = presence.absences;
    const first = await readOnce();
    const read = (await presence.isBack(first, before)) ? await readOnce() : first;
    const onDeep = (progress: DeepProgress) => context.onDeep?.(path, progress);
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
