import { discoverRepositories } from '../audit/discover-repositories.ts';
import type { SelectionSettings } from '../config/discovery-settings.ts';
import type { ReadingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import { connectGitlab } from '../gitlab/gitlab-client.ts';
import type { Logger } from '../logger.ts';
import { connectRegistry } from '../registry/connect-registry.ts';
import { escapeTerminal } from '../reporters/escape-terminal.ts';
import type { RunContext } from './run-context.ts';

/**
 * The repositories a selection means. Asks the sites and GitLab only where the selection needs it, over
 * connections of its own. Says on standard error which listed paths cannot be read.
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
  { clock, signal, stderr }: Pick<RunContext, 'clock' | 'signal' | 'stderr'>,
): Promise<readonly string[]> {
  if (!all && gitlab === null) return named;
  const common = { ...run.reading, clock, logger: run.logger, signal };
  const catalogs = Object.entries(all ? run.sites : {}).map(([name, settings]) => ({
    site: name === 'site' ? 'the site' : `the ${name} site`,
    ...connectRegistry({ ...settings, ...common }),
  }));
  const connected = gitlab && { ...connectGitlab({ ...gitlab, token: gitlab.token, ...common }), ...gitlab };
  try {
    const found = await discoverRepositories(named, { catalogs, gitlab: connected }, signal);
    for (const { where, path } of found.illegal) {
      stderr.write(`Left out: ${escapeTerminal(path, 300)} (${where}) cannot be a repository path\n`);
    }
    return found.paths;
  } finally {
    await Promise.all([...catalogs, ...(connected === null ? [] : [connected])].map(({ close }) => close()));
  }
}
