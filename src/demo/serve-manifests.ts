import { isDigest } from '../core/digest.ts';
import { MediaType, parseMediaType } from '../core/media-types.ts';
import type { Exchange, Reply } from './exchange.ts';
import { emptyReply, errorReply } from './exchange.ts';
import { contentOf, kindOf } from './manifest-content.ts';
import { schema1Digest, signSchema1 } from './schema1.ts';
import type { StoredManifest } from './storage.ts';

/**
 * GET and HEAD of `/v2/<path>/manifests/<tag or digest>`, with the `Accept` behaviour of `docs/facts.md` §3: an OCI
 * manifest or index the client does not accept is 404, a Docker list is rewritten to its linux/amd64 child, but
 * only when a tag was asked for.
 */
export function serveManifest(exchange: Exchange, path: string, reference: string): Reply {
  const byTag = !isDigest(reference);
  const digest = byTag ? resolveTag(exchange, path, reference) : reference;
  if (typeof digest !== 'string') return digest;
  if (matchesEtag(exchange, digest)) return emptyReply(304);

  const manifest = exchange.storage.repositories.get(path)?.manifests.get(digest);
  if (!manifest) return unknownRevision(path, digest);
  const kind = kindOf(manifest);
  const gitlab = exchange.options.flavour === 'gitlab';
  const supports = acceptedTypes(exchange);

  if (kind === 'schema1' && gitlab) {
    return errorReply('MANIFEST_INVALID', { message: 'Schema 1 manifest not supported' });
  }
  if (kind === 'oci' && !supports.has(MediaType.ociManifest))
    return notAccepted('OCI manifest', 'OCI manifests');
  if (isOciIndex(kind, gitlab) && !supports.has(MediaType.ociIndex))
    return notAccepted('OCI index', 'OCI indexes');
  if (kind === 'list' && byTag && !supports.has(MediaType.dockerList)) {
    return rewriteList(exchange, path, manifest, supports);
  }
  if (kind === 'docker' && byTag && !gitlab && !supports.has(MediaType.dockerManifest)) {
    return asSchema1(path, reference, digest);
  }
  return manifestReply(manifest, digest);
}

/** Distribution knows an index only by its `mediaType`; GitLab also one that has none. */
function isOciIndex(kind: ReturnType<typeof kindOf>, gitlab: boolean): boolean {
  return kind === 'index' || (kind === 'index without mediaType' && gitlab);
}

function resolveTag(exchange: Exchange, path: string, tag: string): string | Reply {
  const link = exchange.storage.tagLink(path, tag);
  if (link === undefined) return unknownTag(tag);
  if (link !== 'broken') return link;
  // An empty link file does not parse as a digest: Distribution fails, GitLab takes the tag for unknown.
  return exchange.options.flavour === 'gitlab'
    ? errorReply('MANIFEST_UNKNOWN', { detail: {} })
    : brokenLink();
}

function rewriteList(
  exchange: Exchange,
  path: string,
  list: StoredManifest,
  supports: ReadonlySet<string>,
): Reply {
  const child = contentOf(list.bytes).manifests?.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
  );
  if (!child) return errorReply('MANIFEST_UNKNOWN');
  const manifest = exchange.storage.repositories.get(path)?.manifests.get(child.digest);
  if (!manifest) return unknownRevision(path, child.digest);
  const needsSchema1 = kindOf(manifest) === 'docker' && !supports.has(MediaType.dockerManifest);
  if (needsSchema1 && exchange.options.flavour === 'distribution')
    return asSchema1(path, 'latest', child.digest);
  return manifestReply(manifest, child.digest);
}

/** Distribution's courtesy to clients of 2015: a schema 1 manifest made up on the spot, with its own digest. */
function asSchema1(path: string, tag: string, of: string): Reply {
  const payload = {
    schemaVersion: 1,
    name: path,
    tag,
    architecture: 'amd64',
    fsLayers: [{ blobSum: of }],
    history: [],
  };
  const bytes = signSchema1(JSON.stringify(payload, null, 3));
  const manifest = { bytes, mediaType: MediaType.dockerSchema1Signed, storedAt: new Date(0) };
  return manifestReply(manifest, schema1Digest(bytes));
}

function manifestReply(manifest: StoredManifest, digest: string): Reply {
  return {
    status: 200,
    headers: {
      'Content-Type': manifest.mediaType,
      'Docker-Content-Digest': digest,
      Etag: `"${digest}"`,
    },
    body: manifest.bytes,
  };
}

/** 404 for a tag that is not there. */
export function unknownTag(tag: string): Reply {
  return errorReply('MANIFEST_UNKNOWN', { detail: { Tag: tag } });
}

/** What Distribution answers where it stumbles over an empty tag link (`docs/facts.md` §5 and §6). */
export function brokenLink(): Reply {
  return errorReply('UNKNOWN', { detail: {} });
}

/** 404 whose detail names the revision that is gone. */
function unknownRevision(path: string, digest: string): Reply {
  return errorReply('MANIFEST_UNKNOWN', { detail: { Name: path, Revision: digest } });
}

function notAccepted(found: string, types: string): Reply {
  return errorReply('MANIFEST_UNKNOWN', {
    message: `${found} found, but accept header does not support ${types}`,
  });
}

function acceptedTypes(exchange: Exchange): ReadonlySet<string> {
  const types = (exchange.headers.accept ?? '').split(',').map((type) => parseMediaType(type));
  return new Set(types.filter((type) => type !== null));
}

function matchesEtag(exchange: Exchange, digest: string): boolean {
  const given = exchange.headers['if-none-match'];
  return given === digest || given === `"${digest}"`;
}
