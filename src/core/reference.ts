import { type Digest, isDigest } from './digest.ts';
import { parseRepositoryPath } from './repository-path.ts';
import { isTagName } from './tag.ts';

/** An image in a registry: a repository with a tag or a digest. */
export interface Reference {
  readonly repository: string;
  readonly kind: 'tag' | 'digest';
  /** The tag or the digest, as it goes into a URL. */
  readonly name: string | Digest;
}

/** A reference with the registry that it is in. */
export interface Address extends Reference {
  /** Scheme and host, ending in a slash. */
  readonly registry: URL;
}

/**
 * Reads `group/project:tag` or `group/project@sha256:…`. With both, as clients write it, the digest counts.
 *
 * @returns null when it names no repository, or neither a tag nor a digest
 */
export function parseReference(text: string): Reference | null {
  const [, head = '', digest] = /^([^@]*)(?:@(.*))?$/s.exec(text.trim()) ?? [];
  const colon = head.lastIndexOf(':');
  const hasTag = colon > head.lastIndexOf('/');
  const repository = parseRepositoryPath(hasTag ? head.slice(0, colon) : head);
  const tag = hasTag ? head.slice(colon + 1) : null;
  if (repository === null || (tag !== null && !isTagName(tag))) return null;
  if (digest !== undefined) return isDigest(digest) ? { repository, kind: 'digest', name: digest } : null;
  return tag === null ? null : { repository, kind: 'tag', name: tag };
}

/**
 * Reads `host/repository:tag` as clients write it, or the same as a URL. Without a scheme it is https, on this
 * machine http, as clients take a loopback registry. Without tag and digest it is `latest`. Docker's own names
 * are what they stand for: `docker.io/alpine` is `library/alpine` on `registry-1.docker.io`.
 *
 * @returns null when it is none
 */
export function parseAddress(text: string): Address | null {
  const [, scheme, host = '', path = ''] = /^(?:(https?):\/\/)?([^/]+)\/(.+)$/s.exec(text.trim()) ?? [];
  // A name without a dot or a port is a user of Docker Hub's, not a host, in every client's reading.
  if (!/[.:]|^localhost$/.test(host) || host.endsWith(':')) return null;
  const url = `${scheme ?? (isLoopback(host) ? 'http' : 'https')}://${host}/`;
  if (!URL.canParse(url)) return null;
  const registry = new URL(url);
  if (registry.username !== '' || registry.password !== '' || registry.host === '') return null;
  const lastPart = path.slice(path.lastIndexOf('/') + 1);
  const reference = parseReference(/[:@]/.test(lastPart) ? path : `${path}:latest`);
  if (reference === null) return null;
  if (!/^(?:(?:index|registry-1)\.)?docker\.io$/.test(registry.hostname)) return { ...reference, registry };
  const { repository } = reference;
  return {
    ...reference,
    repository: repository.includes('/') ? repository : `library/${repository}`,
    registry: new URL('https://registry-1.docker.io/'),
  };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.[0-9.]+|\[::1\])(?::\d+)?$/.test(host);
}
