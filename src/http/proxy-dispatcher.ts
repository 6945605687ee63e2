import { type buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { UsageError } from '../errors.ts';
import { type ProxySettings, proxyFor, withScheme } from './proxy-for.ts';

/** Finds the way to a URL through a proxy, or null for the direct way. */
export interface ProxyDispatchers {
  dispatcherFor(url: URL): Dispatcher | null;
  destroy(): Promise<void>;
}

/**
 * The ways through the proxies that `proxyFor` names. Plain http is asked for with the whole URL and not
 * through a tunnel, as curl does it (proxies commonly allow tunnels to port 443 alone); https through `CONNECT`.
 *
 * @throws UsageError when a proxy's URL is malformed
 */
export function createProxyDispatchers(
  settings: ProxySettings,
  pool: Pool.Options & { readonly connect: buildConnector.BuildOptions },
): ProxyDispatchers {
  const agents = new Map<string, ProxyAgent>();
  const open = (text: string | undefined, variable: string) => {
    if (!text) return;
    const uri = proxyUrl(text, variable);
    if (agents.has(uri)) return;
    const agent = new ProxyAgent({
      ...pool,
      uri,
      requestTls: pool.connect,
      proxyTls: pool.connect,
      proxyTunnel: false,
      // Without these two the connections to the proxy itself have undici's limits: none, and five minutes.
      clientFactory: (origin, options) => new Pool(origin, { ...pool, ...options }),
      factory: (origin, options) => new Pool(origin, { ...pool, ...options }),
    });
    agents.set(uri, agent);
  };
  open(settings.httpProxy, 'HTTP_PROXY');
  open(settings.httpsProxy, 'HTTPS_PROXY');
  return {
    dispatcherFor: (url) => agents.get(proxyFor(url, settings) ?? '') ?? null,
    destroy: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

function proxyUrl(text: string, variable: string): string {
  const url = withScheme(text);
  if (URL.canParse(url) && /^https?:\/\//i.test(url)) return url;
  // Not shown: it may hold a password.
  throw new UsageError(`${variable} is not the URL of a proxy; expected one such as http://proxy:3128`);
}
