import { homedir } from 'node:os';
import { anonymousCredential } from '../auth/credential.ts';
import { findDockerCredential } from '../auth/docker-config.ts';
import { type Address, parseAddress, parseReference, type Reference } from '../core/reference.ts';
import { UsageError } from '../errors.ts';
import { requireOneStdin } from './one-stdin.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ReadingSettings } from './scan-settings.ts';
import { proxySettings, type SiteContext, type SiteSettings, siteSettings } from './site-settings.ts';
import { trustedAuthorities } from './tls-settings.ts';

/** What `inspect` is to look at. */
export type InspectTarget =
  | {
      readonly kind: 'sites';
      readonly reference: Reference;
      readonly sites: { readonly primary: SiteSettings; readonly secondary: SiteSettings };
    }
  | {
      readonly kind: 'dependency-proxy';
      readonly proxy: { readonly site: SiteSettings; readonly reference: Reference };
      readonly upstream: { readonly site: SiteSettings; readonly reference: Reference } | null;
    };

/**
 * @throws UsageError for a reference or an address that is none, both or neither of them, or settings of a site
 */
export async function inspectTarget(
  given: readonly string[],
  options: ResolvedOptions,
  context: SiteContext,
): Promise<InspectTarget> {
  const proxy = options.text('dependency-proxy');
  const upstream = options.text('upstream');
  const [text, ...others] = given;
  if (others.length > 0) throw new UsageError('inspect looks at one reference');
  if (proxy !== null) {
    if (text !== undefined)
      throw new UsageError('give a reference on the sites or --dependency-proxy, not both');
    return proxyTarget(proxy, upstream, options, context);
  }
  if (upstream !== null) throw new UsageError('--upstream needs --dependency-proxy');
  if (text === undefined) {
    throw new UsageError('name what to inspect: repository:tag or repository@digest', {
      hint: 'For example group/project:latest.',
    });
  }
  const reference = parseReference(text);
  if (reference === null) {
    throw new UsageError(
      `${JSON.stringify(text.slice(0, 300))} is no reference: expected repository:tag or repository@digest`,
      { hint: 'For example group/project:latest, without the registry, which the sites name.' },
    );
  }
  requireOneStdin(options, { sites: ['primary-', 'secondary-'] });
  return {
    kind: 'sites',
    reference,
    sites: {
      primary: await siteSettings(options, 'primary-', context),
      secondary: await siteSettings(options, 'secondary-', context),
    },
  };
}

async function proxyTarget(
  text: string,
  upstreamText: string | null,
  options: ResolvedOptions,
  context: SiteContext,
): Promise<InspectTarget> {
  const address = addressOf(text, '--dependency-proxy');
  if (!/^[^/]+(?:\/[^/]+)*\/dependency_proxy\/containers\/./.test(address.repository)) {
    throw new UsageError(
      `--dependency-proxy: ${JSON.stringify(text.slice(0, 300))} is no address of a dependency proxy`,
      { hint: 'Expected GITLAB-URL/GROUP/dependency_proxy/containers/IMAGE:TAG.' },
    );
  }
  requireOneStdin(options, { sites: [''] });
  // The unprefixed options of a site, with the address in the place of its URL.
  const url = address.registry.href;
  const withUrl: ResolvedOptions = {
    ...options,
    text: (name) => (name === 'url' ? url : options.text(name)),
  };
  const site = await siteSettings(withUrl, '', context);
  const proxy = { site, reference: address };
  if (upstreamText === null) return { kind: 'dependency-proxy', proxy, upstream: null };
  const upstream = addressOf(upstreamText, '--upstream');
  const { environment } = context;
  const credential =
    (await findDockerCredential(upstream.registry, environment, environment.HOME ?? homedir())) ??
    anonymousCredential();
  const upstreamSite: SiteSettings = {
    url: upstream.registry,
    credential,
    tls: trustedAuthorities(null, environment),
    proxy: proxySettings(environment),
    flag: (ending) => (ending === 'url' ? '--upstream' : `--upstream (${ending})`),
  };
  return { kind: 'dependency-proxy', proxy, upstream: { site: upstreamSite, reference: upstream } };
}

function addressOf(text: string, flag: string): Address {
  const address = parseAddress(text);
  if (address !== null) return address;
  throw new UsageError(
    `${flag}: ${JSON.stringify(text.replace(/^.*@(?!sha)/s, '…@').slice(0, 300))} is no address of an image`,
    { hint: 'Expected HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST, with or without https://.' },
  );
}

/** How the requests of an inspection are sent. */
export function inspectReading(options: ResolvedOptions): ReadingSettings {
  return {
    clientPath: 'docker-v2',
    narrow: 'all',
    deep: undefined,
    settleSeconds: 0,
    concurrency: options.number('concurrency'),
    ratePerSecond: options.number('rate'),
    retries: options.number('retries') ?? 0,
    timeoutMs: (options.number('timeout') ?? 0) * 1000,
  };
}
