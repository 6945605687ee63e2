import type { SiteConnection } from '../audit/identify-site.ts';
import { TransportError } from '../errors.ts';
import { ping } from '../registry/ping.ts';
import { SITES, type Site } from '../report/report.ts';

/** Knows whether a site has stopped answering, so that a dead one is not asked a thousand times with patience. */
export interface SiteHealth {
  /** Why nothing more is to be asked; null while both sites answer. */
  fault(): string | null;
  /** Looks at both sites after an action failed for want of an answer. */
  examine(error: unknown): Promise<void>;
}

export function createSiteHealth(
  sites: Readonly<Record<Site, SiteConnection>>,
  signal: AbortSignal | undefined,
): SiteHealth {
  let fault: string | null = null;
  let examining: Promise<void> | null = null;

  async function look(): Promise<void> {
    for (const site of SITES) {
      try {
        await ping(sites[site].client, { signal });
      } catch (error) {
        if (error instanceof TransportError) fault ??= `the ${site} stopped answering: ${error.message}`;
      }
    }
  }
  return {
    fault: () => fault,
    async examine(error) {
      if (!(error instanceof TransportError) || signal?.aborted) return;
      if (error.code !== 'UNREACHABLE' && error.code !== 'TIMEOUT' && error.code !== 'BODY_TRUNCATED') return;
      examining ??= look().finally(() => {
        examining = null;
      });
      await examining;
    },
  };
}
