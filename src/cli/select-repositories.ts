import { discoverRepositories } from '../audit/discover-repositories.ts';
import type { SelectionSettings } from '../config/discovery-settings.ts';
import type { ReadingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import { connectGitlab } from '../gitlab/gitlab-client.ts';
import type { Logger } from '../logger.ts';
import { connectRegistry } from '../registry/connect-registry.ts';
import type { RunContext } from './run-context.ts';

/**
 * The repositories a selection means. Asks the sites and GitLab only where the selection needs it, over
 * connections of its own.
 *
 * @param run.sites by name: `primary` and `secondary`, or one of them, or `site`
 * @throws what `discoverRepositories` throws
 */
export async function selectRepositories(
  { named, all, gitlab }: SelectionSettings,
  run: {
    readonly sites: Readonly<Record<string, SiteSettings>>;
    readonly reading: Pick<ReadingSettings, 'concurrency' | 'ratePerSecond' | 'retries' | 'timeoutMs'>;
    readonly logger: Logger;
  },
  { clock, signal }: Pick<RunContext, 'clock' | 'signal'>,
): Promise<readonly string[]> {
  if (!all && gitlab === null) return named;
  const common = { ...run.reading, clock, logger: run.logger };
  const catalogs = Object.entries(all ? run.sites : {}).map(([name, settings]) => ({
    site: name === 'site' ? 'the site' : `the ${name} site`,
    ...connectRegistry({ ...settings, ...common }),
  }));
  const connected = gitlab && { ...connectGitlab({ ...gitlab, token: gitlab.token, ...common }), ...gitlab };
  try {
    return await discoverRepositories(named, { catalogs, gitlab: connected }, signal);
  } finally {
    await Promise.all([...catalogs, ...(connected === null ? [] : [connected])].map(({ close }) => close()));
  }
}
