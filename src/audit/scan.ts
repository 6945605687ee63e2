import { compareBytes } from '../core/byte-order.ts';
import type { Clock } from '../core/clock.ts';
import { UsageError } from '../errors.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { type RepositoryReport, SITES, type Site } from '../report/report.ts';
import type { ReadError, RepositorySnapshot, SiteIdentity } from '../report/snapshot.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import { type ClassifyOptions, classifyRepository } from './classify.ts';
import { collectRepository } from './collect.ts';
import { type StoredChecksums, withStored } from './compare-snapshots.ts';
import { createDeepRun, type DeepRun } from './deep/deep-run.ts';
import { deepenPair } from './deep/deepen-pair.ts';
import type { DeepProgress } from './deep/deepen-repository.ts';
import { type IdentifiedSite, identifySite, type SiteConnection } from './identify-site.ts';
import { INTERRUPTED } from './read-failure.ts';
import type { NarrowMode } from './read-tags.ts';
import { createReadingPool } from './reading-pool.ts';
import { type SnapshotPair, settle } from './settle.ts';
import { unreadRepository } from './unread-repository.ts';

/** How far `--deep` goes. */
export interface DeepOptions {
  /** Also download every blob and hash it. */
  readonly verifyBlobs: boolean;
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
  | { readonly type: 'repository-done'; readonly report: RepositoryReport };

export interface ScanResult {
  readonly clientPath: ClientPath;
  readonly sites: Readonly<Record<Site, SiteIdentity>>;
  /** Sorted by path in byte order. */
  readonly repositories: readonly RepositoryReport[];
  /** Sites that refuse the credential as a whole: nothing at all could be read there for want of rights. */
  readonly refused: readonly Site[];
  readonly interrupted: boolean;
}

/** Repositories that wait for their second reading while the next are read. */
const MOST_SETTLING = 32;

/**
 * Reads both sites through the same client path and the same code, concurrently, and classifies every
 * repository. What a site fails to give is data; an interruption ends the reading and keeps what was read.
 *
 * @throws UsageError when the client path asked for is not there on both sites
 */
export async function scan(
  connections: Readonly<Record<Site, SiteConnection>>,
  paths: readonly string[],
  options: ScanOptions,
  context: { clock: Clock; signal?: AbortSignal; onEvent?: (event: ScanEvent) => void },
): Promise<ScanResult> {
  const { signal, onEvent } = context;
  const [primary, secondary] = await Promise.all(
    SITES.map((site) => identifySite(connections[site], signal)),
  );
  const sites = { primary, secondary } as Record<Site, IdentifiedSite>;
  for (const site of SITES)
    onEvent?.({ type: 'site', site, identity: sites[site].identity, fault: sites[site].fault });
  const clientPath = chooseClientPath(sites, options.clientPath);
  const classifying = classifyOptions(sites, options);
  const run = options.deep === undefined ? null : createDeepRun(options.deep);

  const repositories: RepositoryReport[] = [];
  const settling = new Set<Promise<void>>();
  const refused = new Set<Site>();
  const readable = new Set<Site>();
  const refusals: Record<Site, number> = { primary: 0, secondary: 0 };
  const done = (report: RepositoryReport) => {
    repositories.push(report);
    onEvent?.({ type: 'repository-done', report });
  };
  const unique = [...new Set(paths)].sort(compareBytes);
  for (const [index, path] of unique.entries()) {
    onEvent?.({ type: 'repository', path, index, total: unique.length });
    const first = await readPair(path, sites, { ...options, clientPath, refused }, context);
    for (const site of SITES) {
      if (first[site].present !== null) readable.add(site);
      else if (isRefusedAsAWhole(sites[site], first[site])) refusals[site]++;
      // A registry that wants a credential for /v2/ may still have public repositories: not one refusal, but this
      // many without a single success mean that going on would only annoy it.
      if (refusals[site] >= MOST_REFUSALS && !readable.has(site)) refused.add(site);
    }
    const differing = options.settleSeconds > 0 ? differingTags(first) : new Set<string>();
    if (differing.size === 0 || signal?.aborted) {
      done(await conclude(first, sites, { ...classifying, run }, context));
      continue;
    }
    onEvent?.({ type: 'settling', path, tags: differing.size });
    while (settling.size >= MOST_SETTLING) await Promise.race(settling);
    const second = settleRepository(
      first,
      differing,
      sites,
      { ...options, clientPath, refused, run },
      context,
    ).then(done);
    const tracked: Promise<void> = second.finally(() => settling.delete(tracked));
    // A defect in it is thrown by the last wait below; until then it must not count as unhandled.
    tracked.catch(() => undefined);
    settling.add(tracked);
  }
  await Promise.all(settling);
  repositories.sort((a, b) => compareBytes(a.path, b.path));
  return {
    clientPath,
    sites: { primary: sites.primary.identity, secondary: sites.secondary.identity },
    repositories,
    refused: SITES.filter((site) => refusals[site] > 0 && !readable.has(site)),
    interrupted: signal?.aborted ?? false,
  };
}

/** A site that refused this many repositories and gave none is not asked for more. */
const MOST_REFUSALS = 20;

/** `auto` takes the GitLab v1 API only where both sites have it: two client paths can never be compared. */
function chooseClientPath(
  sites: Record<Site, IdentifiedSite>,
  wanted: ScanOptions['clientPath'],
): ClientPath {
  const lacking = SITES.filter(
    (site) => sites[site].fault === null && !sites[site].identity.registry.gitlabV1,
  );
  const known = SITES.every((site) => sites[site].fault === null);
  if (wanted === 'auto') return known && lacking.length === 0 ? 'gitlab-v1' : 'docker-v2';
  if (wanted === 'gitlab-v1' && known && lacking.length > 0) {
    throw new UsageError(
      `--client-path gitlab-v1: the ${lacking.join(' and the ')} registry has no GitLab v1 API`,
      {
        hint: 'Use --client-path auto, which takes it only where both sites have it.',
      },
    );
  }
  return wanted;
}

function classifyOptions(
  { primary, secondary }: Record<Site, IdentifiedSite>,
  { isShown, geo }: ScanOptions,
): ClassifyOptions {
  const gitlabV1 = {
    primary: primary.identity.registry.gitlabV1,
    secondary: secondary.identity.registry.gitlabV1,
  };
  const authenticated = {
    primary: primary.authenticated ?? false,
    secondary: secondary.authenticated ?? false,
  };
  return { gitlabV1, authenticated, ...(isShown && { isShown }), ...(geo && { geo }) };
}

interface ReadOptions extends ScanOptions {
  readonly clientPath: ClientPath;
  readonly refused: ReadonlySet<Site>;
}

/** The verdict on what was read, after a look below the tags where that is asked for. */
async function conclude(
  pair: SnapshotPair,
  sites: Record<Site, IdentifiedSite>,
  { run, ...classifying }: ClassifyOptions & { readonly run: DeepRun | null },
  { signal, onEvent }: Context,
): Promise<RepositoryReport> {
  const { path } = pair.primary;
  const { isShown } = classifying;
  const onProgress = (site: Site, progress: DeepProgress) =>
    onEvent?.({ type: 'deep', site, path, ...progress });
  const whole = run === null ? pair : await deepenPair(pair, sites, { run, signal, isShown, onProgress });
  return classifyRepository(whole.primary, whole.secondary, classifying);
}

type Context = Parameters<typeof scan>[3];

async function readPair(
  path: string,
  sites: Record<Site, IdentifiedSite>,
  options: ReadOptions,
  context: Context,
  only?: ReadonlySet<string>,
): Promise<SnapshotPair> {
  const { signal, onEvent } = context;
  const pool = createReadingPool();
  // Without one side there is nothing to compare, so the other is not burdened either.
  const lost = SITES.find((site) => sites[site].fault !== null || options.refused.has(site));
  const [primary, secondary] = await Promise.all(
    SITES.map(async (site) => {
      const { client, concurrency, identity, fault, refused } = sites[site];
      if (signal?.aborted) return unreadRepository(path, INTERRUPTED);
      if (lost !== undefined)
        return unreadRepository(path, fault ?? (options.refused.has(site) ? refused : null));
      return collectRepository(client, path, {
        clientPath: options.clientPath,
        gitlabV1: identity.registry.gitlabV1,
        narrow: options.narrow,
        pool,
        concurrency,
        signal,
        ...(only && { only }),
        onProgress: (progress) => onEvent?.({ type: 'progress', site, path, ...progress }),
      });
    }),
  );
  const stored = options.stored?.get(path);
  return {
    primary: withStored(primary as RepositorySnapshot, stored?.primary),
    secondary: withStored(secondary as RepositorySnapshot, stored?.secondary),
  };
}

function isRefusedAsAWhole(site: IdentifiedSite, { present, errors }: RepositorySnapshot): boolean {
  if (site.refused === null || present !== null) return false;
  return errors.some(({ status, code }) => status === 401 || status === 403 || code === 'AUTH_REFUSED');
}

function differingTags({ primary, secondary }: SnapshotPair): ReadonlySet<string> {
  const { tags } = classifyRepository(primary, secondary);
  return new Set(tags.filter((tag) => tag.status !== 'MATCH').map((tag) => tag.name));
}

async function settleRepository(
  first: SnapshotPair,
  differing: ReadonlySet<string>,
  sites: Record<Site, IdentifiedSite>,
  options: ReadOptions & { readonly run: DeepRun | null },
  context: Context,
): Promise<RepositoryReport> {
  const classifying = { ...classifyOptions(sites, options), run: options.run };
  try {
    await context.clock.sleep(options.settleSeconds * 1000, context.signal);
  } catch {
    // Interrupted in the pause: the first reading stands.
    return conclude(first, sites, classifying, context);
  }
  const again = await readPair(first.primary.path, sites, options, context, differing);
  if (context.signal?.aborted) return conclude(first, sites, classifying, context);
  const settled = settle(first, again, differing);
  const { unstable } = settled;
  return conclude(settled, sites, { ...classifying, unstable }, context);
}
