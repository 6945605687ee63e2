import { withoutEndingSlashes } from '../core/slashes.ts';
import type { RequestUrl } from '../http/request-url.ts';

/** The path under which the registry lives, without a trailing slash: empty, or `/registry` for a path prefix. */
export function pathPrefix(registry: URL): string {
  return withoutEndingSlashes(registry.pathname);
}

/** The registry's `/v2/`, the place every registry answers with its challenge. */
export function versionCheckUrl(registry: URL): URL {
  return new URL(`${pathPrefix(registry)}/v2/`, registry.origin);
}

/**
 * Whether a URL is the registry's own: the same scheme, host and port, and below its path prefix. Only such
 * requests carry its credential, and only such answers may ask for one.
 */
export function belongsToRegistry(registry: URL, url: RequestUrl): boolean {
  return ownershipOf(registry)(url);
}

/** `belongsToRegistry` for many URLs of one registry. */
export function ownershipOf(registry: URL): (url: RequestUrl) => boolean {
  const { origin } = registry;
  const prefix = pathPrefix(registry);
  return (url) => {
    if (url.origin !== origin) return false;
    if (prefix === '') return true;
    // The URL parser resolves `..`, but leaves encoded slashes, with which some servers walk out of a prefix.
    if (/%2f|%5c/i.test(url.pathname)) return false;
    return url.pathname === prefix || url.pathname.startsWith(`${prefix}/`);
  };
}

/** Whether a host name can only mean this machine: `localhost`, `127.0.0.0/8`, `::1`. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
