import { pathPrefix } from './registry-origin.ts';

// Docker Hub goes by several names; docker itself keeps its credential under the oldest.
const DOCKER_HUB_HOSTS = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** The name under which a credential store knows a registry: host and port, for Docker Hub its old address. */
export function serverName(registry: URL): string {
  return DOCKER_HUB_HOSTS.has(registry.hostname) ? DOCKER_HUB_KEY : registry.host;
}

/**
 * The keys of a docker `config.json` or containers `auth.json` that mean a registry, the most specific first.
 * A key is a host with or without scheme, port and the `/v1/` or `/v2/` of old docker versions, or, as
 * containers-auth.json(5) has it, a host with a path, which then must be the start of the registry's path
 * prefix. A port that is the scheme's default may be left out on either side; any other port is another registry.
 */
export function keysMatching(keys: readonly string[], registry: URL): string[] {
  const wanted = canonical(registry);
  return keys
    .flatMap((key) => {
      const parsed = parseKey(key, registry.protocol);
      if (parsed === null || parsed.host !== wanted.host) return [];
      const covers = parsed.path === '' || `${wanted.path}/`.startsWith(`${parsed.path}/`);
      return covers ? [{ key, depth: parsed.path.length }] : [];
    })
    .sort((a, b) => b.depth - a.depth)
    .map(({ key }) => key);
}

type Place = { readonly host: string; readonly path: string };

function parseKey(key: string, protocol: string): Place | null {
  const bare = key.replace(/^https?:\/\//i, '');
  // The registry's own scheme decides which port is the default one.
  const text = `${protocol}//${bare}`;
  if (bare === '' || bare.includes('@') || !URL.canParse(text)) return null;
  return canonical(new URL(text));
}

function canonical(url: URL): Place {
  const host = DOCKER_HUB_HOSTS.has(url.hostname) ? 'docker.io' : url.host;
  return { host, path: pathPrefix(url).replace(/^\/v[12]$/, '') };
}
