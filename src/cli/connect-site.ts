import type { SiteConnection } from '../audit/identify-site.ts';
import { describeCredential } from '../auth/credential.ts';
import type { ResolvedOptions } from '../config/resolve-options.ts';
import type { ReadingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import { redactUrl } from '../http/redact-url.ts';
import type { SiteTraffic } from '../http/traffic.ts';
import type { Logger } from '../logger.ts';
import { connectRegistry } from '../registry/connect-registry.ts';
import type { RunContext } from './run-context.ts';

/** A site opened for reading, and how to let go of its sockets. */
export interface OpenSite {
  readonly site: SiteConnection;
  /** What was sent to it so far. */
  traffic(): SiteTraffic;
  close(): Promise<void>;
}

/** Opens a site as its settings say. */
export function connectSite(
  settings: SiteSettings,
  reading: ReadingSettings,
  logger: Logger,
  { clock }: RunContext,
): OpenSite {
  // Without the run's signal: a delete that is under way is finished, and may need a new token for that.
  const connection = connectRegistry({ ...settings, ...reading, clock, logger });
  const url = redactUrl(settings.url).replace(/\/$/, '');
  const authenticated = settings.credential.kind !== 'anonymous';
  // As many tags as there are places: one that waits for its place costs more than one that finds it free.
  const concurrency = reading.concurrency ?? connection.inFlightLimit;
  const site = { client: connection.client, url, concurrency, authenticated, looks: reading.retries };
  return { site, traffic: connection.traffic, close: connection.close };
}

/** Options as a report shows them: the values in force, and credentials by where they came from. */
export function shownOptions(
  options: ResolvedOptions,
  names: readonly string[],
  sites: Readonly<Record<string, SiteSettings>>,
): Record<string, unknown> {
  const values = names.flatMap((name) => {
    const value = options.value(name);
    if (value === null || (Array.isArray(value) && value.length === 0)) return [];
    return [[name, name.endsWith('-url') ? redactUrl(String(value)) : value] as const];
  });
  const credentials = Object.entries(sites).map(
    ([site, { credential }]) => [site, describeCredential(credential)] as const,
  );
  return { ...Object.fromEntries(values), credentials: Object.fromEntries(credentials) };
}
