import { homedir } from 'node:os';
import {
  anonymousCredential,
  basicCredential,
  bearerCredential,
  type Credential,
  gitlabKeyCredential,
} from '../auth/credential.ts';
import { findDockerCredential } from '../auth/docker-config.ts';
import { loadGitlabKey } from '../auth/gitlab-token.ts';
import { type Clock, SYSTEM_CLOCK } from '../core/clock.ts';
import { withoutEndingSlashes } from '../core/slashes.ts';
import { UsageError } from '../errors.ts';
import type { UndiciSendOptions } from '../http/undici-send.ts';
import { environmentName } from './option.ts';
import { readOptionFile, readSecretFile } from './read-file.ts';
import type { Environment, ResolvedOptions } from './resolve-options.ts';
import { tlsSettings } from './tls-settings.ts';

/** Everything needed to enter one site. */
export interface SiteSettings {
  /** Ends in a slash; without user info, query and fragment. */
  readonly url: URL;
  readonly credential: Credential;
  readonly tls: NonNullable<UndiciSendOptions['tls']>;
  readonly proxy: NonNullable<UndiciSendOptions['proxy']>;
  /** The user's flag for an ending of this site: `url` → `--primary-url`. */
  readonly flag: (ending: string) => string;
}

/** What the settings of a site touch outside. */
export interface SiteContext {
  /** For certificates that have expired. */
  readonly clock?: Pick<Clock, 'now'>;
  readonly environment: Environment;
  /** Standard input, read for `-password-stdin`. */
  readonly readStdin: () => Promise<string>;
}

/**
 * Reads one site's options into settings.
 *
 * @param prefix `primary-`, `secondary-` or empty
 * @throws UsageError naming the flag
 */
export async function siteSettings(
  options: ResolvedOptions,
  prefix: string,
  context: SiteContext,
): Promise<SiteSettings> {
  const flag = (ending: string) => `--${prefix}${ending}`;
  const url = registryUrl(options.text(`${prefix}url`), flag('url'));
  const { environment } = context;
  const credential =
    (await givenCredential(options, prefix, context)) ??
    (await findDockerCredential(url, environment, environment.HOME ?? homedir())) ??
    anonymousCredential();
  const tls = tlsSettings(options, prefix, environment, (context.clock ?? SYSTEM_CLOCK).now());
  return { url, credential, tls, proxy: proxySettings(environment), flag };
}

/** The proxies that the environment names; lower case outranks upper case, as with curl. */
export function proxySettings(environment: Environment): SiteSettings['proxy'] {
  return {
    httpProxy: environment.http_proxy ?? environment.HTTP_PROXY,
    httpsProxy: environment.https_proxy ?? environment.HTTPS_PROXY,
    noProxy: environment.no_proxy ?? environment.NO_PROXY,
  };
}

/** The registry's base URL, in the form that all requests are made from. */
export function registryUrl(text: string | null, flag: string, credentialFlags?: string): URL {
  const expected = 'expected an http:// or https:// URL, such as https://registry.example.com:5050';
  if (text === null) throw new UsageError(`${flag} is missing: ${expected}`);
  if (!URL.canParse(text))
    throw new UsageError(`${flag}: ${JSON.stringify(text.replace(/^.*@/s, '…@'))} is not a URL; ${expected}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new UsageError(`${flag}: ${expected}`);
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${flag}: credentials do not belong into the URL`, {
      hint: `Use ${credentialFlags ?? `${flag.replace(/url$/, 'username')} and ${flag.replace(/url$/, 'password-file')}`}.`,
    });
  }
  if (url.search !== '' || url.hash !== '')
    throw new UsageError(`${flag}: a registry URL has no query and no fragment`);
  // People paste the address of the API check; every request adds v2/ itself.
  url.pathname = `${withoutEndingSlashes(withoutEndingSlashes(url.pathname).replace(/\/v2$/, ''))}/`;
  return url;
}

/** The credential the options name; null when they name none. */
async function givenCredential(
  options: ResolvedOptions,
  prefix: string,
  { environment, readStdin }: SiteContext,
): Promise<Credential | null> {
  const name = (ending: string) => `${prefix}${ending}`;
  const variables = { password: environmentName(name('password')), token: environmentName(name('token')) };
  const ways = [
    ...['password-file', 'token-file', 'gitlab-key'].filter((ending) => options.given(name(ending))),
    ...(options.flag(name('password-stdin')) ? ['password-stdin'] : []),
  ].map((ending) => ({
    ending,
    source: options.source(name(ending)),
    fromFlag: options.source(name(ending)).startsWith('flag'),
  }));
  // A flag outranks the environment, as for every option: a secret variable counts when no flag speaks.
  if (!ways.some((way) => way.fromFlag)) {
    for (const ending of ['password', 'token'] as const) {
      if (environment[variables[ending]])
        ways.push({ ending, source: `environment ${variables[ending]}`, fromFlag: false });
    }
  }
  if (ways.length > 1) {
    throw new UsageError(
      `two credentials for one site: ${ways.map((way) => way.source.replace(/^flag /, '')).join(' and ')}`,
    );
  }
  const [way] = ways;
  const username = options.text(name('username'));
  if (way === undefined) {
    if (username === null) return null;
    throw new UsageError(`--${name('username')}: there is no password for it`, {
      hint: `Give --${name('password-file')}, --${name('password-stdin')} or ${variables.password}.`,
    });
  }
  const { ending, source } = way;
  const file = ending.endsWith('-file') || ending === 'gitlab-key' ? options.text(name(ending)) : null;
  const needsUser = (password: string) => {
    if (username === null)
      throw new UsageError(
        `--${name('username')} is missing: ${source.replace(/^flag /, '')} gives a password`,
      );
    return basicCredential({ username, password, source });
  };
  switch (ending) {
    case 'password-file':
      return needsUser(readSecretFile(file ?? '', source));
    case 'password-stdin':
      return needsUser(secretOf(await readStdin(), source));
    case 'password':
      return needsUser(environment[variables.password] ?? '');
    case 'token-file':
      return bearerCredential({ token: readSecretFile(file ?? '', source), source });
    case 'token':
      return bearerCredential({ token: environment[variables.token] ?? '', source });
    default:
      return gitlabKeyCredential({
        key: keyOf(file ?? '', source),
        issuer: options.text(name('gitlab-issuer')) ?? '',
        service: options.text(name('gitlab-service')) ?? '',
        source,
      });
  }
}

/** The signing key; an error about it says where it was taken from. */
function keyOf(path: string, source: string): ReturnType<typeof loadGitlabKey> {
  const pem = readOptionFile(path, source);
  try {
    return loadGitlabKey(pem);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${source.replace(/^flag /, '')}: ${path}: ${error.message}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
}

function secretOf(input: string, source: string): string {
  const password = input.replace(/\r?\n$/, '');
  if (password === '') throw new UsageError(`${source.replace(/^flag /, '')}: standard input is empty`);
  return password;
}
