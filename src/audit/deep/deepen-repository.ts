import { compareBytes } from '../../core/byte-order.ts';
import { type ConcurrencyLimit, forEachConcurrent, limitNow } from '../../core/concurrency.ts';
import type { DeepReading } from '../../core/deep-reading.ts';
import type { Digest } from '../../core/digest.ts';
import type { RegistryClient } from '../../registry/registry-client.ts';
import type { ReadError, RepositorySnapshot } from '../../report/snapshot.ts';
import type { DeepRun } from './deep-run.ts';
import { type Findings, readingOf } from './findings.ts';
import { createWalk } from './walk.ts';

/** How far a walk is: manifests behind tags, all questions answered, and bytes downloaded. */
export interface DeepProgress {
  readonly done: number;
  readonly total: number;
  readonly parts: number;
  readonly bytes: number;
}

export interface DeepenOptions {
  readonly run: DeepRun;
  /** Keeps sites apart where blobs are verified. */
  readonly site: string;
  /** Manifests behind tags that are walked at once; the transport's limit is what holds. */
  readonly concurrency: ConcurrencyLimit;
  readonly signal?: AbortSignal | undefined;
  /** Only these tags are looked below. */
  readonly isShown?: ((tag: string) => boolean) | undefined;
  readonly onProgress?: (progress: DeepProgress) => void;
}

/** Each holds manifests of up to 4 MiB in memory. */
const MOST_WALKING = 32;

/**
 * Looks below every tag that a site resolves: whether it has all that the manifest needs, each digest once. What
 * it finds is on the readings; what it could not read is an error of the repository, with the tags it concerns.
 */
export async function deepenRepository(
  client: RegistryClient,
  snapshot: RepositorySnapshot,
  options: DeepenOptions,
): Promise<RepositorySnapshot> {
  const { run, site, concurrency, signal, isShown = () => true } = options;
  const roots = new Map<Digest, string | null>();
  for (const { name, reading } of snapshot.tags)
    if (reading.state === 'resolved' && isShown(name)) roots.set(reading.digest, reading.mediaType);
  if (roots.size === 0) return snapshot;

  const progress = { done: 0, total: roots.size, parts: 0, bytes: 0 };
  const tell = () => options.onProgress?.({ ...progress });
  const walk = createWalk(
    { client, path: snapshot.path, signal },
    {
      run,
      site,
      onPart: () => {
        progress.parts++;
        tell();
      },
      onBytes: (bytes) => {
        progress.bytes += bytes;
        tell();
      },
    },
  );
  const found = new Map<Digest, { reading: DeepReading; errors: Findings['errors'] }>();
  const walking = () => Math.min(limitNow(concurrency), MOST_WALKING);
  await forEachConcurrent(roots, walking, async ([digest, mediaType]) => {
    const findings = await walk.below({ role: 'manifest', digest, mediaType, size: null });
    found.set(digest, { reading: readingOf(findings), errors: findings.errors });
    progress.done++;
    tell();
  });

  const failed = new Map<string, { error: ReadError; tags: string[] }>();
  const tags = snapshot.tags.map((entry) => {
    const { name, reading } = entry;
    const below = reading.state === 'resolved' && isShown(name) ? found.get(reading.digest) : undefined;
    if (below === undefined || reading.state !== 'resolved') return entry;
    for (const error of below.errors) {
      const key = `${error.code} ${error.status}`;
      const group = failed.get(key);
      if (group === undefined) failed.set(key, { error, tags: [name] });
      else group.tags.push(name);
    }
    return { name, reading: { ...reading, deep: below.reading } };
  });
  const errors = [...failed]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([, { error, tags: names }]): ReadError => ({ ...error, tags: names }));
  return { ...snapshot, tags, errors: [...snapshot.errors, ...errors] };
}
