import { digestOf, isDigest } from '../core/digest.ts';
import { isSchema1Type, parseMediaType } from '../core/media-types.ts';
import type { Exchange, Reply } from './exchange.ts';
import { emptyReply, errorReply, jsonReply, locationOf } from './exchange.ts';
import type { ManifestContent } from './manifest-content.ts';
import { contentOf, contradicts, hasUrls, isKnownType, referencesOf } from './manifest-content.ts';
import { schema1Digest } from './schema1.ts';
import { brokenLink, unknownTag } from './serve-manifests.ts';

/**
 * `PUT /v2/<path>/manifests/<tag or digest>`. Refuses what Distribution 2.8.2 refuses: a type it does not know, a
 * body that contradicts it, and references that are not in the repository; takes a missing `subject`.
 */
export function putManifest(exchange: Exchange, path: string, reference: string): Reply {
  const { body, options, storage } = exchange;
  const byDigest = isDigest(reference);
  const mediaType = parseMediaType(exchange.headers['content-type']);
  const isSchema1 = isSchema1Type(mediaType);
  if (isSchema1 && !(options.schema1 && options.flavour === 'distribution')) {
    return errorReply('MANIFEST_INVALID', { detail: {} });
  }
  if (mediaType === null || !(isSchema1 || isKnownType(mediaType))) {
    return errorReply('MANIFEST_INVALID', { detail: {} });
  }
  const content = parsed(body);
  if (!content || (!isSchema1 && contradicts(content, mediaType)))
    return errorReply('MANIFEST_INVALID', { detail: {} });
  const digest = isSchema1 ? schema1Digest(body) : digestOf(body);
  if (byDigest && reference !== digest) return errorReply('DIGEST_INVALID');
  const foreign = options.allowLayerUrls ? undefined : content.layers?.find(hasUrls);
  if (foreign) return refusedUrl(foreign.digest);
  const missing = missingReferences(exchange, path, content);
  if (missing) return missing;

  storage.putManifest(path, body, mediaType, byDigest ? undefined : reference);
  return emptyReply(201, {
    'Docker-Content-Digest': digest,
    Location: locationOf(exchange, `/v2/${path}/manifests/${digest}`),
  });
}

function parsed(bytes: Uint8Array): ManifestContent | null {
  try {
    const content: unknown = contentOf(bytes);
    return typeof content === 'object' && content !== null ? content : null;
  } catch {
    return null;
  }
}

/** One error an absent reference; a blob satisfies an index entry too, which is how BuildKit caches get in. */
function missingReferences(exchange: Exchange, path: string, content: ManifestContent): Reply | null {
  const { manifests, blobs } = exchange.storage.repository(path);
  const missing = referencesOf(content).filter((digest) => !manifests.has(digest) && !blobs.has(digest));
  if (missing.length === 0) return null;
  const errors = missing.map((digest) => ({
    code: 'MANIFEST_BLOB_UNKNOWN',
    message: 'blob unknown to registry',
    detail: digest,
  }));
  return jsonReply({ errors }, {}, 400);
}

/** Distribution 2.8.2's words for a layer with a URL it was not configured to allow, as measured. */
function refusedUrl(digest: string): Reply {
  const unknown = { code: 'UNKNOWN', message: 'unknown error' };
  const layer = { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry', detail: digest };
  return jsonReply({ errors: [unknown, { ...unknown, detail: {} }, layer] }, {}, 500);
}

/**
 * `DELETE /v2/<path>/manifests/<tag or digest>`. By digest every tag that points there goes with it; when some tag's
 * link is broken Distribution fails with 500 after the manifest is gone (`docs/facts.md` §6). By tag only that tag
 * goes, where the registry can; Distribution 2.8.2 cannot.
 */
export function deleteManifest(exchange: Exchange, path: string, reference: string): Reply {
  const { options, storage } = exchange;
  if (!isDigest(reference)) return deleteByTag(exchange, path, reference);
  if (!options.deleteEnabled) return errorReply('UNSUPPORTED');
  const repository = storage.repositories.get(path);
  if (!repository?.manifests.has(reference)) return errorReply('MANIFEST_UNKNOWN');
  storage.removeManifest(path, reference);
  const stumbles = [...repository.tags.values()].some((tag) => tag.link === 'broken');
  if (stumbles && options.flavour === 'distribution') return brokenLink();
  for (const tag of storage.tagsOf(path, reference)) storage.deleteTag(path, tag);
  return emptyReply(202);
}

function deleteByTag(exchange: Exchange, path: string, tag: string): Reply {
  const { options, storage } = exchange;
  if (!options.deleteEnabled) return errorReply('UNSUPPORTED');
  if (options.flavour === 'distribution' || !options.features.includes('tag_delete')) {
    return errorReply('DIGEST_INVALID');
  }
  return storage.deleteTag(path, tag) ? emptyReply(202) : unknownTag(tag);
}

/** `DELETE /v2/<path>/tags/reference/<tag>`, the older GitLab way to remove one tag. */
export function deleteTagReference(exchange: Exchange, path: string, tag: string): Reply {
  if (!exchange.options.deleteEnabled) return errorReply('UNSUPPORTED');
  return exchange.storage.deleteTag(path, tag) ? emptyReply(202) : unknownTag(tag);
}
