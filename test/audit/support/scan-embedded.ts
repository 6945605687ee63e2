import type { RepositoryStore } from '../../../src/audit/repository-store.ts';
import { type ScanEvent, type ScanOptions, type ScanResult, scan } from '../../../src/audit/scan.ts';
import { anonymousCredential, type Credential } from '../../../src/auth/credential.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { type BuiltImage, storeImage } from '../../../src/demo/images.ts';
import type { RegistryOptions } from '../../../src/demo/registry-options.ts';
import { SILENT } from '../../../src/logger.ts';
import { connectRegistry } from '../../../src/registry/connect-registry.ts';
import type { RepositoryReport } from '../../../src/report/report.ts';
import type { TagReport } from '../../../src/report/tag-report.ts';
import { PATH } from './snapshots.ts';

/** A clock whose every sleep is over at once; `onSleep` sees how long it would have been. */
export function skippingClock(onSleep: (milliseconds: number) => void = () => {}): Clock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    random: () => 0.5,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      now += milliseconds;
      onSleep(milliseconds);
    },
  };
}

/** Two embedded registries to be filled, scanned and closed. */
export interface Pair {
  readonly primary: EmbeddedRegistry;
  readonly secondary: EmbeddedRegistry;
  /** Puts an image under a tag of one site, or of both. */
  put(where: 'primary' | 'secondary' | 'both', tag: string, image: BuiltImage, path?: string): void;
  close(): Promise<void>;
}

export async function startPair(
  primaryOptions: Partial<RegistryOptions> = {},
  secondaryOptions: Partial<RegistryOptions> = primaryOptions,
): Promise<Pair> {
  const primary = await startEmbeddedRegistry(primaryOptions);
  const secondary = await startEmbeddedRegistry(secondaryOptions);
  return {
    primary,
    secondary,
    put(where, tag, image, path = PATH) {
      if (where !== 'secondary') storeImage(primary.storage, path, image, tag);
      if (where !== 'primary') storeImage(secondary.storage, path, image, tag);
    },
    close: async () => {
      await Promise.all([primary.close(), secondary.close()]);
    },
  };
}

export interface ScanPairOptions extends Partial<ScanOptions> {
  readonly paths?: readonly string[];
  readonly concurrency?: number;
  readonly retries?: number;
  /** How often a site that is gone is looked for. */
  readonly looks?: number;
  readonly timeoutMs?: number;
  readonly credential?: Credential;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ScanEvent) => void;
  readonly store?: RepositoryStore;
  /** Another address for one site, e.g. one where nobody listens. */
  readonly secondaryUrl?: string;
}

export interface ScannedPair extends ScanResult {
  /** The first repository's report. */
  readonly repository: RepositoryReport;
  tag(name: string): TagReport | undefined;
}

/** Where two sites are; a `Pair` is one, and so are two Distribution registries. */
interface Urls {
  readonly primary: { readonly url: string };
  readonly secondary: { readonly url: string };
}

/** The real scan over real sockets, with no pause and no retries unless asked for. */
export async function scanPair(pair: Urls, options: ScanPairOptions = {}): Promise<ScannedPair> {
  const clock = options.clock ?? skippingClock();
  const { signal, onEvent, store, concurrency = 4 } = options;
  const connect = (url: string) =>
    connectRegistry({
      url: new URL(`${url}/`),
      credential: options.credential ?? anonymousCredential(),
      concurrency,
      ratePerSecond: null,
      retries: options.retries ?? 0,
      timeoutMs: options.timeoutMs ?? 10_000,
      clock,
      logger: SILENT,
      flag: (ending) => `--${ending}`,
    });
  const looks = options.looks === undefined ? {} : { looks: options.looks };
  const urls = { primary: pair.primary.url, secondary: options.secondaryUrl ?? pair.secondary.url };
  const primary = connect(urls.primary);
  const secondary = connect(urls.secondary);
  try {
    const result = await scan(
      {
        primary: { client: primary.client, url: urls.primary, concurrency, ...looks },
        secondary: { client: secondary.client, url: urls.secondary, concurrency, ...looks },
      },
      options.paths ?? [PATH],
      {
        clientPath: options.clientPath ?? 'docker-v2',
        narrow: options.narrow ?? 'auto',
        settleSeconds: options.settleSeconds ?? 0,
        ...(options.deep && { deep: options.deep }),
        ...(options.isShown && { isShown: options.isShown }),
      },
      { clock, ...(signal && { signal }), ...(onEvent && { onEvent }), ...(store && { store }) },
    );
    const [repository] = result.repositories;
    if (repository === undefined) throw new Error('no repository was scanned');
    return { ...result, repository, tag: (name) => repository.tags.find((tag) => tag.name === name) };
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
  }
}
