import { isDigest, matchesDigest } from '../core/digest.ts';
import type { Exchange, Reply } from './exchange.ts';
import { emptyReply, errorReply, locationOf, textReply } from './exchange.ts';

/** GET, HEAD and DELETE of `/v2/<path>/blobs/<digest>`. */
export function serveBlob(exchange: Exchange, path: string, digest: string): Reply {
  const blob = exchange.storage.repositories.get(path)?.blobs.get(digest);
  if (exchange.method === 'DELETE' && !exchange.options.deleteEnabled) return errorReply('UNSUPPORTED');
  if (!blob) return errorReply('BLOB_UNKNOWN', exchange.method === 'DELETE' ? {} : { detail: digest });
  if (exchange.method === 'DELETE') {
    exchange.storage.removeBlob(path, digest);
    return emptyReply(202);
  }
  const { redirectBlobsTo } = exchange.options;
  if (redirectBlobsTo !== null) {
    return emptyReply(307, { Location: `${redirectBlobsTo}/storage/${path}/${digest}` });
  }
  return contentOf(exchange, blob, digest);
}

/**
 * GET and HEAD of `/storage/<path>/<digest>`: the object storage a registry may redirect to. Like S3 it refuses
 * a request that carries the registry's `Authorization` (`docs/facts.md` §7).
 */
export function serveObject(exchange: Exchange, path: string, digest: string): Reply {
  if (exchange.headers.authorization !== undefined) {
    return textReply(400, 'Only one auth mechanism allowed; the Authorization header must not come here');
  }
  const blob = exchange.storage.repositories.get(path)?.blobs.get(digest);
  return blob ? contentOf(exchange, blob, digest) : textReply(404, 'NoSuchKey');
}

function contentOf(exchange: Exchange, blob: Uint8Array, digest: string): Reply {
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'max-age=31536000',
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    Etag: `"${digest}"`,
  };
  const range = parseRange(exchange.headers.range, blob.length);
  if (range === undefined) return { status: 200, headers, body: blob };
  if (range === null) {
    return textReply(416, 'invalid range: failed to overlap', { 'Content-Range': `bytes */${blob.length}` });
  }
  const [from, to] = range;
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${from}-${to}/${blob.length}` },
    body: blob.subarray(from, to + 1),
  };
}

/** First and last byte of a single range; undefined for no (usable) header, null when nothing of it is there. */
function parseRange(header: string | undefined, size: number): readonly [number, number] | null | undefined {
  const match = header?.match(/^bytes=(\d*)-(\d*)$/);
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') return [Math.max(0, size - Number(match[2])), size - 1];
  const from = Number(match[1]);
  const to = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return from < size && from <= to ? [from, to] : null;
}

/**
 * `POST /v2/<path>/blobs/uploads/`: mounts a blob of another repository, or begins an upload. A mount whose source
 * is not there begins an upload instead. Like Distribution it ignores `?digest=`: the content comes by PUT.
 */
export function beginUpload(exchange: Exchange, path: string): Reply {
  const mount = exchange.query.get('mount');
  const from = exchange.query.get('from');
  if (mount !== null && from !== null) {
    const blob = exchange.storage.repositories.get(from)?.blobs.get(mount);
    if (blob) {
      exchange.storage.putBlob(path, blob);
      return createdReply(exchange, path, mount);
    }
  }
  const id = exchange.uploads.begin(path);
  return progressReply(exchange, path, id, 0, 202);
}

/** GET, PATCH, PUT and DELETE of `/v2/<path>/blobs/uploads/<id>`. */
export function continueUpload(exchange: Exchange, path: string, id: string): Reply {
  const upload = exchange.uploads.find(path, id);
  if (!upload) {
    const hasState = exchange.query.has('_state');
    return hasState ? errorReply('BLOB_UPLOAD_UNKNOWN') : errorReply('BLOB_UPLOAD_INVALID', { detail: {} });
  }
  const size = upload.bytes.length;
  if (exchange.method === 'GET' || exchange.method === 'HEAD') {
    return progressReply(exchange, path, id, size, 204);
  }
  if (exchange.method === 'DELETE') {
    exchange.uploads.end(id);
    return emptyReply(204, { 'Docker-Upload-Uuid': id });
  }
  if (exchange.method === 'PATCH') {
    const start = exchange.headers['content-range']?.match(/^(?:bytes )?(\d+)-/)?.[1];
    if (start !== undefined && Number(start) !== size) return errorReply('RANGE_INVALID');
    upload.bytes = Buffer.concat([upload.bytes, exchange.body]);
    return progressReply(exchange, path, id, upload.bytes.length, 202);
  }
  return closeUpload(exchange, path, id, Buffer.concat([upload.bytes, exchange.body]));
}

function closeUpload(exchange: Exchange, path: string, id: string, bytes: Buffer): Reply {
  const digest = exchange.query.get('digest');
  if (digest === null) return errorReply('DIGEST_INVALID', { detail: 'digest missing' });
  if (!isDigest(digest)) return errorReply('DIGEST_INVALID', { detail: 'digest parsing failed' });
  if (!matchesDigest(bytes, digest)) {
    exchange.uploads.end(id);
    return errorReply('DIGEST_INVALID', { detail: { Digest: digest, Reason: {} } });
  }
  exchange.uploads.end(id);
  exchange.storage.repository(path).blobs.set(digest, bytes);
  return createdReply(exchange, path, digest);
}

function createdReply(exchange: Exchange, path: string, digest: string): Reply {
  return emptyReply(201, {
    'Docker-Content-Digest': digest,
    Location: locationOf(exchange, `/v2/${path}/blobs/${digest}`),
  });
}

function progressReply(exchange: Exchange, path: string, id: string, size: number, status: number): Reply {
  return emptyReply(status, {
    'Docker-Upload-Uuid': id,
    Location: locationOf(exchange, `/v2/${path}/blobs/uploads/${id}?_state=${id}.${size}`),
    Range: `0-${Math.max(0, size - 1)}`,
  });
}
