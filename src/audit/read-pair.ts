import type { ResolvedTag } from '../core/tag-reading.ts';
import { type RepositoryReport, SITES, type Site } from '../report/report.ts';
import type { RepositorySnapshot } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import { type ClassifyOptions, classifyRepository } from './classify.ts';
import { collectRepository } from './collect.ts';
import { withStored } from './compare-snapshots.ts';
import { createCounterparts } from './counterpart.ts';
import type { DeepRun } from './deep/deep-run.ts';
import { deepenPair } from './deep/deepen-pair.ts';
import type { DeepProgress } from './deep/deepen-repository.ts';
import type { IdentifiedSite } from './identify-site.ts';
import type { Presence } from './presence.ts';
import { INTERRUPTED } from './read-failure.ts';
import { createReadingPool } from './reading-pool.ts';
import type { ScanContext, ScanOptions } from './scan.ts';
import { type SnapshotPair, settle } from './settle.ts';
import { differingNames, differingTuples } from './tag-verdicts.ts';
import { unreadRepository } from './unread-repository.ts';

/** Reads repositories of both sites, and draws the conclusions. */
export interface PairReader {
  /** What both sites give for a repository. */
  read(path: string): Promise<SnapshotPair>;
  /** The tags that are not equal on both sites as they were read, or as their v1 listings have them. */
  differing(pair: SnapshotPair): ReadonlySet<string>;
  /** The verdict on what was read, after a look below the tags where that is asked for. */
  conclude(pair: SnapshotPair, unstable?: ReadonlySet<string>): Promise<RepositoryReport>;
  /** The verdict after a pause and a second reading of the tags that differ. */
  settle(first: SnapshotPair, differing: ReadonlySet<string>): Promise<RepositoryReport>;
}

export interface PairReaderOptions {
  readonly sites: Readonly<Record<Site, IdentifiedSite>>;
  readonly clientPath: ClientPath;
  readonly scan: ScanOptions;
  readonly deep: DeepRun | null;
  /** Sites that are not asked any more; may grow while reading. */
  readonly refused: ReadonlySet<Site>;
  readonly presence: Readonly<Record<Site, Presence>>;
}

/** Makes the reader of a scan; what a site fails to give is data, and so is an interruption. */
export function createPairReader(
  { sites, clientPath, scan, deep, refused, presence }: PairReaderOptions,
  { clock, signal, onEvent }: ScanContext,
): PairReader {
  const classifying = classifyOptions(sites, scan);
  const mistrust = { primary: { isMistrusted: false }, secondary: { isMistrusted: false } };

  async function read(
    path: string,
    wants?: (tag: string) => boolean,
    first?: SnapshotPair,
  ): Promise<SnapshotPair> {
    const pool = createReadingPool();
    // A second reading asks whether the tag is what it was, at the same site.
    const counterparts = first === undefined ? createCounterparts() : null;
    // Without one side there is nothing to compare, so the other is not burdened either.
    const lost = SITES.find((site) => presence[site].lost !== null || refused.has(site));
    const ofSite = async (site: Site): Promise<RepositorySnapshot> => {
      const { client, concurrency, identity, refused: refusal } = sites[site];
      if (signal?.aborted) return unreadRepository(path, INTERRUPTED);
      if (lost !== undefined)
        return unreadRepository(path, presence[site].lost ?? (refused.has(site) ? refusal : null));
      const snapshot = await collectRepository(client, path, {
        clientPath,
        gitlabV1: identity.registry.gitlabV1,
        narrow: scan.narrow,
        pool,
        concurrency,
        signal,
        wants,
        counterpart: counterparts?.[site],
        mistrust: mistrust[site],
        askSite: presence[site].ask,
        before: first && wants && resolvedBefore(first[site], wants),
        part: scan.part?.includes,
        onProgress: (progress) => onEvent?.({ type: 'progress', site, path, ...progress }),
      });
      return withStored(snapshot, scan.stored?.get(path)?.[site]);
    };
    const [primary, secondary] = await Promise.all([ofSite('primary'), ofSite('secondary')]);
    return { primary, secondary };
  }

  /** Reads, and once more for each site that was gone in the meantime and is back. */
  async function lasting(readOnce: () => Promise<SnapshotPair>): Promise<SnapshotPair> {
    const waitedFor = new Set<Site>();
    for (;;) {
      const before = { primary: presence.primary.absences, secondary: presence.secondary.absences };
      const pair = await readOnce();
      // Once: a repository may be what brings it down.
      const open = SITES.filter((site) => !waitedFor.has(site));
      const areBack = await Promise.all(open.map((site) => presence[site].isBack(pair[site], before[site])));
      if (!areBack.includes(true)) return pair;
      for (const [at, site] of open.entries()) if (areBack[at]) waitedFor.add(site);
    }
  }

  async function conclude(pair: SnapshotPair, unstable?: ReadonlySet<string>): Promise<RepositoryReport> {
    const { path } = pair.primary;
    const onProgress = (site: Site, progress: DeepProgress) =>
      onEvent?.({ type: 'deep', site, path, ...progress });
    const { isShown } = scan;
    const whole =
      deep === null ? pair : await deepenPair(pair, sites, { run: deep, signal, isShown, onProgress });
    return classifyRepository(whole.primary, whole.secondary, {
      ...classifying,
      ...(unstable && { unstable }),
    });
  }

  return {
    read: (path) => lasting(() => read(path)),
    differing({ primary, secondary }) {
      const names = differingNames(primary, secondary);
      // By the v1 API the listing is the reading.
      if (clientPath === 'docker-v2') for (const name of differingTuples(primary, secondary)) names.add(name);
      return names;
    },
    conclude,
    async settle(first, differing) {
      try {
        await clock.sleep(scan.settleSeconds * 1000, signal);
      } catch {
        // Interrupted in the pause: the first reading stands, until a run that goes on settles it.
        return conclude(first);
      }
      const again = await lasting(() => read(first.primary.path, (tag) => differing.has(tag), first));
      if (signal?.aborted) return conclude(first);
      const settled = settle(first, again, differing);
      return conclude(settled, settled.unstable);
    },
  };
}

/** Tags that a site resolved the first time, which need only be asked for what has changed. */
function resolvedBefore(
  { tags }: RepositorySnapshot,
  wants: (tag: string) => boolean,
): ReadonlyMap<string, ResolvedTag> {
  const resolved = new Map<string, ResolvedTag>();
  for (const { name, reading } of tags)
    if (reading.state === 'resolved' && wants(name)) resolved.set(name, reading);
  return resolved;
}

function classifyOptions(
  { primary, secondary }: Readonly<Record<Site, IdentifiedSite>>,
  { isShown, geo, part }: ScanOptions,
): ClassifyOptions {
  const gitlabV1 = { primary: primary.gitlabV1, secondary: secondary.gitlabV1 };
  const authenticated = {
    primary: primary.authenticated ?? false,
    secondary: secondary.authenticated ?? false,
  };
  return {
    gitlabV1,
    authenticated,
    ...(isShown && { isShown }),
    ...(geo && { geo }),
    ...(part && { part: { index: part.index, count: part.count } }),
  };
}
