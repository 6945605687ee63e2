import { withoutOuterSlashes } from '../core/slashes.ts';
import { UsageError } from '../errors.ts';
import type { GitlabSource } from '../gitlab/list-repositories.ts';
import { environmentName } from './option.ts';
import { readOptionFile, readSecretFile } from './read-file.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { namedRepositories } from './scan-settings.ts';
import { proxySettings, registryUrl, type SiteContext, type SiteSettings } from './site-settings.ts';
import { trustedAuthorities } from './tls-settings.ts';

/** How GitLab's REST API is entered, and what is listed there. */
export interface GitlabSettings {
  /** Ends in a slash. */
  readonly url: URL;
  readonly sources: readonly GitlabSource[];
  /** Not enumerable: neither logs nor reports may show it. */
  readonly token: string | null;
  readonly tls: SiteSettings['tls'];
  readonly proxy: SiteSettings['proxy'];
  readonly flag: (ending: string) => string;
}

/** Which repositories a run is about. */
export interface SelectionSettings {
  /** By argument and `--repositories-from`, lower-cased, each once. */
  readonly named: readonly string[];
  /** All that the catalogs list. */
  readonly all: boolean;
  readonly gitlab: GitlabSettings | null;
}

/**
 * Arguments, `--repositories-from`, `--all` and GitLab's lists; together they are a union.
 *
 * @throws UsageError for an impossible path, GitLab options that lack their other half, or nothing at all
 */
export async function selectionSettings(
  given: readonly string[],
  options: ResolvedOptions,
  context: SiteContext,
): Promise<SelectionSettings> {
  const gitlab = gitlabSettings(options, context);
  const named = await namedRepositories(given, options, context.readStdin);
  const all = options.flag('all');
  if (named.length === 0 && !all && gitlab === null) {
    throw new UsageError('no repository is named', {
      hint: 'Name one as an argument, e.g. group/project, or give --repositories-from FILE, --all, or --gitlab-url with --gitlab-group.',
    });
  }
  return { named, all, gitlab };
}

function gitlabSettings(options: ResolvedOptions, { environment }: SiteContext): GitlabSettings | null {
  const sources = (['project', 'group'] as const).flatMap((kind) =>
    options.list(`gitlab-${kind}`).map((id) => ({ kind, id: sourceId(id, `--gitlab-${kind}`) })),
  );
  const text = options.text('gitlab-url');
  if (text === null) {
    const orphan = ['gitlab-project', 'gitlab-group', 'gitlab-token-file'].find((name) =>
      options.source(name).startsWith('flag'),
    );
    if (orphan === undefined) return null;
    throw new UsageError(`--${orphan} needs --gitlab-url`);
  }
  const url = registryUrl(text, '--gitlab-url', '--gitlab-token-file');
  if (sources.length === 0) {
    // A file may hold the URL for those runs that name a group.
    if (!options.source('gitlab-url').startsWith('flag')) return null;
    throw new UsageError('--gitlab-url needs --gitlab-project or --gitlab-group');
  }
  const ca = options.text('gitlab-ca-file');
  const settings = {
    url,
    sources,
    token: null,
    tls: trustedAuthorities(
      ca === null ? null : readOptionFile(ca, options.source('gitlab-ca-file')),
      environment,
    ),
    proxy: proxySettings(environment),
    flag: (ending: string) => `--gitlab-${ending}`,
  };
  return Object.defineProperty(settings, 'token', {
    value: gitlabToken(options, environment),
    enumerable: false,
  });
}

/** `--gitlab-token-file`, else the environment's token, else none. */
function gitlabToken(options: ResolvedOptions, environment: SiteContext['environment']): string | null {
  const file = options.text('gitlab-token-file');
  const variable = environmentName('gitlab-token');
  const source = options.source('gitlab-token-file');
  const isFlag = source.startsWith('flag');
  const fromEnvironment = environment[variable] || null;
  if (file !== null && !isFlag && fromEnvironment !== null) {
    throw new UsageError(`two tokens for GitLab: ${source} and environment ${variable}`);
  }
  const token = file === null ? fromEnvironment : readSecretFile(file, source);
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    const where = file === null ? `environment ${variable}` : source.replace(/^flag /, '');
    throw new UsageError(`the token from ${where} holds characters that a header cannot carry`);
  }
  return token;
}

function sourceId(text: string, flag: string): string {
  const id = withoutOuterSlashes(text.trim());
  if (id !== '' && !/[\s?#%\\]|:\/\/|\/\//.test(id) && !id.split('/').includes('..')) return id;
  throw new UsageError(
    `${flag}: expected a number or a full path such as group/subgroup, got ${JSON.stringify(text.slice(0, 100))}`,
  );
}
