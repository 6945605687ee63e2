import { parseRepositoryPath } from '../core/repository-path.ts';
import { UsageError } from '../errors.ts';
import { requireOneStdin } from './one-stdin.ts';
import { environmentName } from './option.ts';
import { readSecretFile } from './read-file.ts';
import type { Environment, ResolvedOptions } from './resolve-options.ts';
import { SITE_ENDING_NAMES } from './site-options.ts';
import { registryUrl, type SiteContext, type SiteSettings, siteSettings } from './site-settings.ts';

/** A side's name with its settings. */
export type NamedSite = SiteSettings & { readonly name: 'primary' | 'secondary' | 'site' };

/**
 * The sites to examine: the one of `--url`, or those of `--primary-url` and `--secondary-url`.
 *
 * @throws UsageError when there is none, or flags for a site whose URL is missing
 */
export async function doctorSites(options: ResolvedOptions, context: SiteContext): Promise<NamedSite[]> {
  const prefixes = ['', 'primary-', 'secondary-'] as const;
  const isFlag = (name: string) => options.source(name).startsWith('flag');
  const single = options.text('url') !== null;
  const sided = prefixes.slice(1).filter((prefix) => options.text(`${prefix}url`) !== null);
  const sidedFlag = sided.find((prefix) => isFlag(`${prefix}url`));
  if (single && isFlag('url') && sidedFlag !== undefined) {
    throw new UsageError(`--url and --${sidedFlag}url: give the site without a side, or the sides`);
  }
  // Where neither is a flag, or only one is, the more explicit one counts.
  const chosen = single && sidedFlag === undefined ? [''] : sided;
  if (chosen.length === 0) {
    throw new UsageError('no site is named', {
      hint: 'Give --url for one, or --primary-url and --secondary-url.',
    });
  }
  const orphan = prefixes
    .filter((prefix) => !chosen.includes(prefix))
    .flatMap((prefix) => SITE_ENDING_NAMES.map((ending) => ({ prefix, name: `${prefix}${ending}` })))
    .find(({ name }) => isFlag(name));
  if (orphan !== undefined) throw new UsageError(`--${orphan.name} needs --${orphan.prefix}url`);
  requireOneStdin(options, { sites: chosen });
  const sites: NamedSite[] = [];
  for (const prefix of chosen) {
    const name = prefix === '' ? 'site' : prefix === 'primary-' ? 'primary' : 'secondary';
    sites.push({ name, ...(await siteSettings(options, prefix, context)) });
  }
  return sites;
}

/**
 * The notification endpoint to try, or null.
 *
 * @throws UsageError for a malformed URL, an unreadable token, or a token without the URL
 */
export function notificationTarget(
  options: ResolvedOptions,
  environment: Environment,
): { readonly url: URL; readonly token: string | null } | null {
  const text = options.text('notification-url');
  const file = options.text('notification-token-file');
  const source = options.source('notification-token-file');
  if (text === null) {
    if (source.startsWith('flag')) throw new UsageError('--notification-token-file needs --notification-url');
    return null;
  }
  const url = registryUrl(text, '--notification-url');
  url.pathname = url.pathname.replace(/\/$/, '');
  const variable = environmentName('notification-token');
  const token = file === null ? environment[variable] || null : readSecretFile(file, source);
  if (token !== null && !/^[\x20-\x7e]+$/.test(token)) {
    throw new UsageError('the notification token holds characters that a header cannot carry');
  }
  return Object.defineProperty({ url, token: null }, 'token', { value: token, enumerable: false });
}

/**
 * The repositories that are named, lower-cased, each once.
 *
 * @throws UsageError for an impossible path
 */
export function doctorRepositories(given: readonly string[]): string[] {
  const paths = given.map((text) => {
    const path = parseRepositoryPath(text);
    if (path !== null) return path;
    throw new UsageError(`${JSON.stringify(text.slice(0, 300))} cannot be a repository path`, {
      hint: 'Expected a path such as group/project/image, without a tag.',
    });
  });
  return [...new Set(paths)];
}
