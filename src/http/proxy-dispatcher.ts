import type { buildConnector, Client as UndiciClient } from 'undici';
import { UsageError } from '../errors.ts';
import { type ProxySettings, proxyFor, withScheme } from './proxy-for.ts';
import { type BareDispatcher, loadUndici } from './undici-parts.ts';

/** Finds the way to a URL's origin through a proxy: what opens connections on it, or null for the direct way. */
export type ProxyRoute = (url: URL) => (() => BareDispatcher) | null;

/**
 * The ways through the proxies that `proxyFor` names. Plain http is asked for with the whole URL and not
 * through a tunnel, as curl does it (proxies commonly allow tunnels to port 443 alone); https through `CONNECT`.
 * Each dispatcher that is opened has one connection and belongs to the caller.
 *
 * @throws UsageError when a proxy's URL is malformed
 */
export function createProxyRoute(
  settings: ProxySettings,
  client: UndiciClient.Options & { readonly connect: buildConnector.BuildOptions },
): ProxyRoute {
  const uris = new Map<string, string>();
  for (const [text, variable] of [
    [settings.httpProxy, 'HTTP_PROXY'],
    [settings.httpsProxy, 'HTTPS_PROXY'],
  ] as const) {
    if (text) uris.set(withScheme(text), proxyUrl(text, variable));
  }
  const open = (uri: string) => {
    const { Client, ProxyAgent } = loadUndici();
    return new ProxyAgent({
      ...client,
      uri,
      requestTls: client.connect,
      proxyTls: client.connect,
      proxyTunnel: false,
      // Without these two the connections to the proxy itself have undici's limits: none, and five minutes.
      clientFactory: (origin, options) => new Client(origin, { ...client, ...options }),
      factory: (origin, options) => new Client(origin, { ...client, ...options }),
    });
  };
  return (url) => {
    const uri = uris.get(proxyFor(url, settings) ?? '');
    return uri === undefined ? null : () => open(uri);
  };
}

function proxyUrl(text: string, variable: string): string {
  const url = withScheme(text);
  if (URL.canParse(url) && /^https?:\/\//i.test(url)) return url;
  // Not shown: it may hold a password.
  throw new UsageError(`${variable} is not the URL of a proxy; expected one such as http://proxy:3128`);
}
