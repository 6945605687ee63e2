import { compareBytes } from '../core/byte-order.ts';
import type { Clock } from '../core/clock.ts';
import { keepHeapFrugal } from '../core/frugal-heap.ts';
import type { List } from '../core/list.ts';
import { UsageError } from '../errors.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { type RepositoryReport, SITES, type Site } from '../report/report.ts';
import type { ReadError, SiteIdentity } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import type { StoredChecksums } from './compare-snapshots.ts';
import { Crew } from './crew.ts';
import { createDeepRun } from './deep/deep-run.ts';
import type { DeepProgress } from './deep/deepen-repository.ts';
import { type IdentifiedSite, identifySite, type SiteConnection } from './identify-site.ts';
import { type Presence, watchPresence } from './presence.ts';
import { createPairReader } from './read-pair.ts';
import type { NarrowMode } from './read-tag.ts';
import { createMemoryStore, type RepositoryStore } from './repository-store.ts';
import { watchAccess } from './watch-access.ts';

/** How far `--deep` goes. */
export interface DeepOptions {
  /** Also download every blob and hash it. */
  readonly verifyBlobs: boolean;
}

/** The part of each repository's tags that this run reads, where several runs share them. */
export interface TagPart {
  /** From 1. */
  readonly index: number;
  readonly count: number;
  readonly includes: (tag: string) => boolean;
}

export interface ScanOptions {
  readonly clientPath: ClientPath | 'auto';
  readonly narrow: NarrowMode;
  /** Seconds until differing tags are read again; 0 for never. */
  readonly settleSeconds: number;
  /** Look below every shown tag on both sites (`--deep`); absent for not. */
  readonly deep?: DeepOptions | undefined;
  /** Which tags are shown; see `ClassifyOptions`. */
  readonly isShown?: (tag: string) => boolean;
  /** Read a part of each repository's tags only; absent for all of them. */
  readonly part?: TagPart | undefined;
  /** What Geo has stored as the repositories' checksums. */
  readonly stored?: StoredChecksums;
  /** What Geo thinks of the repositories. */
  readonly geo?: GeoRegistry;
}

/** What a scan tells while it runs; only `cli/` turns it into something to see. */
export type ScanEvent =
  | {
      readonly type: 'site';
      readonly site: Site;
      readonly identity: SiteIdentity;
      readonly fault: ReadError | null;
    }
  | { readonly type: 'repository'; readonly path: string; readonly index: number; readonly total: number }
  | {
      readonly type: 'progress';
      readonly site: Site;
      readonly path: string;
      readonly done: number;
      readonly total: number;
    }
  | ({ readonly type: 'deep'; readonly site: Site; readonly path: string } & DeepProgress)
  | { readonly type: 'settling'; readonly path: string; readonly tags: number }
  | { readonly type: 'waiting'; readonly site: Site; readonly isWaiting: boolean }
  | { readonly type: 'repository-done'; readonly report: RepositoryReport };

export interface ScanResult {
  readonly clientPath: ClientPath;
  readonly sites: Readonly<Record<Site, SiteIdentity>>;
  /** Sorted by path in byte order. */
  readonly repositories: List<RepositoryReport>;
  /** Sites that refuse the credential as a whole: nothing at all could be read there for want of rights. */
  readonly refused: readonly Site[];
  readonly interrupted: boolean;
}

/** What a scan is given to work with. */
export interface ScanContext {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ScanEvent) => void;
  /** Where finished repositories go; memory when absent. */
  readonly store?: RepositoryStore;
}

/** Repositories read at the same time, so that small ones keep both sites busy. */
const MOST_READING = 16;
/**
 * While repositories of more tags than this together are read, no other is begun: what is in memory stays bounded, and
 * little is lost where the run is cut. More than enough to keep 256 requests in flight.
 */
const BUSY_TAGS = 2_000;
/** So many are felt in memory, although each is soon out of it. */
const MANY_REPOSITORIES = 5_000;
/** Repositories, and tags of theirs, that wait for their second reading while the next are read. */
const MOST_SETTLING = 32;
const MOST_SETTLING_TAGS = 200_000;

/**
 * Reads both sites through the same client path and the same code, concurrently, and classifies every
 * repository. What a site fails to give is data; an interruption ends the reading and keeps what was read.
 *
 * @throws UsageError when a site says that it has not the client path asked for
 */
export async function scan(
  connections: Readonly<Record<Site, SiteConnection>>,
  paths: readonly string[],
  options: ScanOptions,
  context: ScanContext,
): Promise<ScanResult> {
  const { signal, onEvent, store = createMemoryStore() } = context;
  const [primary, secondary] = await Promise.all([
    identifySite(connections.primary, signal),
    identifySite(connections.secondary, signal),
  ]);
  const sites = { primary, secondary };
  for (const site of SITES)
    onEvent?.({ type: 'site', site, identity: sites[site].identity, fault: sites[site].fault });
  const clientPath = chooseClientPath(sites, options.clientPath, store.clientPath);
  const finished = store.begin(clientPath);
  const deep = options.deep === undefined ? null : createDeepRun(options.deep);
  const access = watchAccess(sites);
  const presenceOf = (site: Site): Presence =>
    watchPresence(sites[site], {
      clock: context.clock,
      signal,
      onWaiting: (isWaiting) => onEvent?.({ type: 'waiting', site, isWaiting }),
    });
  const presence = { primary: presenceOf('primary'), secondary: presenceOf('secondary') };
  const reading = new Crew();
  const settling = new Crew();
  const sizes = meanOf();
  const watched = (event: ScanEvent) => {
    if (event.type === 'progress') {
      reading.atLeast(event.path, event.total);
      // As it begins and as it ends: a listing with digests leaves nothing in between.
      if (event.done === 0 || event.done === event.total) sizes.note(event.total);
    }
    onEvent?.(event);
  };
  const reader = createPairReader(
    { sites, clientPath, scan: options, deep, refused: access.refused, presence },
    { ...context, onEvent: watched },
  );

  const done = (report: RepositoryReport) => {
    // An interruption may have cut the settle pause or the deep look: a run that goes on takes nothing from there.
    store.add(report, { isFinal: !signal?.aborted });
    onEvent?.({ type: 'repository-done', report });
  };
  async function readRepository(path: string): Promise<void> {
    const first = await reader.read(path);
    access.note(first);
    const differing = options.settleSeconds > 0 ? reader.differing(first) : new Set<string>();
    if (differing.size === 0 || signal?.aborted) {
      done(await reader.conclude(first));
      return;
    }
    onEvent?.({ type: 'settling', path, tags: differing.size });
    const tags = first.primary.tags.length + first.secondary.tags.length;
    await settling.untilRoom(
      () => settling.size < MOST_SETTLING && settling.tags + tags <= MOST_SETTLING_TAGS,
    );
    settling.add(path, tags, reader.settle(first, differing).then(done));
  }

  const unique = [...new Set(paths)].sort(compareBytes);
  if (unique.length > MANY_REPOSITORIES) keepHeapFrugal();
  const left = unique.filter((path) => !finished.has(path));
  for (const [index, path] of left.entries()) {
    // One by one until each site has given something, so that a site that refuses everything is found out alike in every run.
    await reading.untilRoom(
      () => reading.size < (access.isProven() ? MOST_READING : 1) && reading.tags <= BUSY_TAGS,
    );
    // Each would be asked for in vain, all retries long.
    await Promise.all(SITES.map((site) => presence[site].settled()));
    onEvent?.({ type: 'repository', path, index: unique.length - left.length + index, total: unique.length });
    // Before its list is there, a repository counts as much as those before it.
    reading.add(path, sizes.mean(), readRepository(path));
  }
  await reading.end();
  await settling.end();
  return {
    clientPath,
    sites: { primary: sites.primary.identity, secondary: sites.secondary.identity },
    repositories: store.list(),
    refused: access.refusedAsAWhole(),
    interrupted: signal?.aborted ?? false,
  };
}

/** The mean of what was noted so far; 0 before the first. */
function meanOf(): { note(value: number): void; mean(): number } {
  let sum = 0;
  let count = 0;
  return {
    note(value) {
      sum += value;
      count++;
    },
    mean: () => (count === 0 ? 0 : sum / count),
  };
}

/**
 * `auto` takes the GitLab v1 API only where both sites have it: two client paths can never be compared. A run that goes
 * on keeps to what the earlier one took: a site that does not answer now has not lost it.
 */
function chooseClientPath(
  sites: Record<Site, IdentifiedSite>,
  wanted: ScanOptions['clientPath'],
  earlier: ClientPath | null,
): ClientPath {
  const mayStay = earlier === 'docker-v2' || SITES.every((site) => sites[site].gitlabV1 !== false);
  if (wanted === 'auto' && earlier !== null && mayStay) return earlier;
  if (wanted === 'auto') return SITES.every((site) => sites[site].gitlabV1) ? 'gitlab-v1' : 'docker-v2';
  // Where it is not known, the reading itself shows what the matter is: a refusal is no wrong option.
  const lacking = SITES.filter((site) => sites[site].gitlabV1 === false);
  if (wanted === 'gitlab-v1' && lacking.length > 0) {
    throw new UsageError(
      `--client-path gitlab-v1: the ${lacking.join(' and the ')} registry has no GitLab v1 API`,
      {
        hint: 'Use --client-path auto, which takes it only where both sites have it.',
      },
    );
  }
  return wanted;
}
