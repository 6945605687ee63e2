import { BlockList, isIP } from 'node:net';

/** Proxy settings as the environment has them; empty strings and undefined mean none. */
export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/**
 * The proxy that requests to a URL go through, or null for none, by the rules of curl: `HTTP_PROXY` for http,
 * `HTTPS_PROXY` for https and neither for the other. `NO_PROXY` holds `*`, or names with an optional port that
 * also stand for every name below them (a dot or `*.` in front changes nothing), addresses and CIDR ranges,
 * apart by commas or white space.
 */
export function proxyFor(url: URL, settings: ProxySettings): string | null {
  const proxy = url.protocol === 'https:' ? settings.httpsProxy : settings.httpProxy;
  return !proxy || isExcepted(url, settings.noProxy ?? '') ? null : withScheme(proxy);
}

/** A proxy as a URL: `proxy:3128` without a scheme is http, as curl has it. */
export function withScheme(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExcepted(url: URL, noProxy: string): boolean {
  const host = bare(url.hostname.toLowerCase());
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy.split(/[,\s]+/).some((text) => {
    const entry = text.toLowerCase();
    if (entry === '*') return true;
    if (entry.includes('/')) return isInRange(host, entry);
    const match = isIP(entry) === 0 ? /^(.+):(\d+)$/.exec(entry) : null;
    if (match !== null && match[2] !== port) return false;
    const name = bare(match?.[1] ?? entry).replace(/^\*?\./, '');
    return name !== '' && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)));
  });
}

/** A host name without the brackets of an IPv6 address and the root's dot. */
function bare(host: string): string {
  return host.replace(/^\[|\]$|\.$/g, '');
}

function isInRange(host: string, range: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const family = isIP(bare(network));
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(bare(network), Number(bits), kind);
  return list.check(host, kind);
}
