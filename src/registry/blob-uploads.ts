import type { Readable } from 'node:stream';
import type { Digest } from '../core/digest.ts';
import { TransportError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { redactUrl } from '../http/redact-url.ts';
import type { RequestUrl } from '../http/request-url.ts';
import { type Refusal, type RegistryClient, refusalOf, repositoryScope, urlOf } from './registry-client.ts';

/** A registry's no to a step of an upload. */
export type UploadRefusal = { readonly kind: 'refused' } & Refusal;

/** Bytes of one `PATCH`. */
export interface UploadPiece {
  readonly body: Readable;
  /** Exact length; null sends it chunked. */
  readonly length: number | null;
  /** Offset of its first byte, sent as `Content-Range`; null leaves that header out. */
  readonly start: number | null;
}

/**
 * Begins an upload, or mounts the blob from another repository of the same registry where that works
 * (OCI distribution-spec, "Pushing blobs"). A mount that the registry cannot do begins an upload instead.
 *
 * @throws TransportError when no answer came, or the answer names no usable place to upload to
 */
export async function startUpload(
  client: RegistryClient,
  path: string,
  mount: { readonly digest: Digest; readonly from: string } | null,
  signal?: AbortSignal,
): Promise<{ kind: 'mounted' } | { kind: 'started'; location: URL } | UploadRefusal> {
  const query = mount === null ? '' : `?${new URLSearchParams({ mount: mount.digest, from: mount.from })}`;
  const url = urlOf(client, `v2/${path}/blobs/uploads/${query}`);
  const response = await client.send({
    ...upload(client, 'POST', url, path, signal),
    headers: { 'content-length': '0' },
    scopes: [writeScope(path), ...(mount === null ? [] : [repositoryScope(mount.from, 'pull')])],
    // A second session does no harm: registries purge those that are not finished.
    repeatable: true,
  });
  if (response.status === 201 && mount !== null) {
    await response.discard();
    return { kind: 'mounted' };
  }
  if (response.status !== 202) return { kind: 'refused', ...(await refusalOf(response)) };
  await response.discard();
  const location = locationOf(client, url, response);
  if (location === null) throw new TransportError('PROTOCOL', `could not upload to ${path}: no Location`);
  return { kind: 'started', location };
}

/** Sends the next bytes of an upload. The body is a stream, so that this is never repeated by the transport. */
export async function patchUpload(
  client: RegistryClient,
  path: string,
  location: URL,
  piece: UploadPiece,
  signal?: AbortSignal,
): Promise<{ kind: 'accepted'; location: URL; offset: number | null } | UploadRefusal> {
  const { body, length, start } = piece;
  const ranged = start !== null && length !== null;
  const response = await client.send({
    ...upload(client, 'PATCH', location, path, signal),
    headers: {
      'content-type': 'application/octet-stream',
      ...(length !== null && { 'content-length': String(length) }),
      ...(ranged && { 'content-range': `${start}-${start + length - 1}` }),
    },
    body,
  });
  if (response.status !== 202 && response.status !== 204 && response.status !== 201) {
    return { kind: 'refused', ...(await refusalOf(response)) };
  }
  await response.discard();
  const next = locationOf(client, location, response) ?? location;
  return { kind: 'accepted', location: next, offset: offsetOf(response) };
}

/** Asks how many bytes of an upload the registry has, after a broken `PATCH`. */
export async function readUploadOffset(
  client: RegistryClient,
  path: string,
  location: URL,
  signal?: AbortSignal,
): Promise<{ kind: 'at'; offset: number | null; location: URL } | UploadRefusal> {
  const response = await client.send(upload(client, 'GET', location, path, signal));
  if (response.status !== 204 && response.status !== 200 && response.status !== 202) {
    return { kind: 'refused', ...(await refusalOf(response)) };
  }
  await response.discard();
  const next = locationOf(client, location, response) ?? location;
  return { kind: 'at', offset: offsetOf(response), location: next };
}

/**
 * Closes an upload: the registry checks the digest over all bytes and stores the blob.
 *
 * @param body the last (or only) bytes; null when all were sent by `PATCH`
 */
export async function commitUpload(
  client: RegistryClient,
  path: string,
  location: URL,
  digest: Digest,
  body: Uint8Array | null,
  signal?: AbortSignal,
): Promise<{ kind: 'stored' } | UploadRefusal> {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  const response = await client.send({
    ...upload(client, 'PUT', url, path, signal),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(body?.length ?? 0),
    },
    ...(body !== null && { body }),
  });
  if (response.status !== 201 && response.status !== 204) {
    return { kind: 'refused', ...(await refusalOf(response)) };
  }
  await response.discard();
  return { kind: 'stored' };
}

/** Lets go of an upload, so that nothing of it is kept. Whatever the registry says to that is of no account. */
export async function cancelUpload(client: RegistryClient, path: string, location: URL): Promise<void> {
  try {
    const response = await client.send({ ...upload(client, 'DELETE', location, path), maxRetries: 0 });
    await response.discard();
  } catch {
    // Registries purge unfinished uploads by themselves; this is a courtesy.
  }
}

function upload(
  client: RegistryClient,
  method: HttpRequest['method'],
  url: RequestUrl,
  path: string,
  signal?: AbortSignal,
): HttpRequest {
  const purpose = `upload a blob to ${path} at ${client.base.host}`;
  return {
    method,
    url,
    headers: {},
    purpose,
    kind: 'write',
    scopes: [writeScope(path)],
    signal,
  };
}

function writeScope(path: string): string {
  return repositoryScope(path, 'pull,push,delete');
}

/** `Range: 0-<last>`. Distribution says `0-0` for nothing and for one byte; nothing is the safe reading. */
function offsetOf(response: HttpResponse): number | null {
  const last = response.header('range')?.match(/^(?:bytes=)?0-(\d{1,15})$/)?.[1];
  if (last === undefined) return null;
  return last === '0' ? 0 : Number(last) + 1;
}

/** The place that a `Location` names. It must be this registry: blobs are not handed to whoever a header says. */
function locationOf(client: RegistryClient, current: RequestUrl, response: HttpResponse): URL | null {
  const text = response.header('location');
  if (text === null || !URL.canParse(text, current.href)) return null;
  const location = new URL(text, current.href);
  // A registry behind a TLS-terminating proxy may name itself with http: the path is what counts then.
  if (location.host === client.base.host && location.protocol !== client.base.protocol)
    location.protocol = client.base.protocol;
  if (location.origin !== client.base.origin || location.username !== '' || location.password !== '') {
    throw new TransportError(
      'PROTOCOL',
      `could not upload a blob: the registry names another host for it (${redactUrl(location)})`,
      { hint: "Check the registry's `http.host` setting and the proxy's X-Forwarded headers." },
    );
  }
  return location;
}
