import { withoutEndingSlashes } from './slashes.ts';

/**
 * Whether two base URLs lead to one registry: the same host, port and path prefix. The scheme alone makes no other
 * registry, since `http` on its own port usually redirects to `https` on its own.
 */
export function isSameAddress(a: URL, b: URL): boolean {
  return addressOf(a) === addressOf(b);
}

/** The parser has lower-cased the host and dropped the scheme's own port. */
function addressOf({ hostname, port, pathname }: URL): string {
  return `${hostname.replace(/\.$/, '')}:${port}${withoutEndingSlashes(pathname)}`;
}
