import type { Site } from '../../report/report.ts';
import { SITES } from '../../report/report.ts';
import type { SiteConnection } from '../identify-site.ts';
import type { SnapshotPair } from '../settle.ts';
import type { DeepRun } from './deep-run.ts';
import { type DeepProgress, deepenRepository } from './deepen-repository.ts';

export interface DeepenPairOptions {
  readonly run: DeepRun;
  readonly signal?: AbortSignal | undefined;
  readonly isShown?: ((tag: string) => boolean) | undefined;
  readonly onProgress?: (site: Site, progress: DeepProgress) => void;
}

/** Looks below the tags of a repository on both sites at once; each is asked for what its own tags need. */
export async function deepenPair(
  pair: SnapshotPair,
  sites: Readonly<Record<Site, SiteConnection>>,
  { run, signal, isShown, onProgress }: DeepenPairOptions,
): Promise<SnapshotPair> {
  // No tag gets a verdict where a list could not be read, so there is nothing to look for.
  if (pair.primary.present === null || pair.secondary.present === null) return pair;
  const [primary, secondary] = await Promise.all(
    SITES.map((site) =>
      deepenRepository(sites[site].client, pair[site], {
        run,
        site,
        concurrency: sites[site].concurrency,
        signal,
        isShown,
        onProgress: (progress) => onProgress?.(site, progress),
      }),
    ),
  );
  return { primary: primary ?? pair.primary, secondary: secondary ?? pair.secondary };
}
