import type { AcceptProfile } from '../core/accept.ts';
import { type Digest, digestOf, isDigest } from '../core/digest.ts';
import { isSchema1Type, parseMediaType } from '../core/media-types.ts';
import { rememberLast } from '../core/remember-last.ts';
import { schema1Payload } from '../core/schema1.ts';
import type { HttpRequest, HttpResponse, RequestKind } from '../http/message.ts';
import {
  type Refusal,
  type RegistryClient,
  refusalOf,
  repositoryScope,
  urlWithin,
} from './registry-client.ts';

/** The specification asks registries for at least 4 MiB; Distribution refuses more. */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** The answer to a `HEAD` of a manifest. There is no body, so a refusal has a status and no words. */
export type ManifestHead =
  | {
      readonly kind: 'found';
      /** `Docker-Content-Digest`, believed on `HEAD` alone; null when it is missing or malformed. */
      readonly digest: Digest | null;
      readonly mediaType: string | null;
    }
  | { readonly kind: 'refused'; readonly status: number };

/** The registry says that the reference still leads to the digest that was known: 304. */
export interface ManifestUnchanged {
  readonly kind: 'unchanged';
  readonly digest: Digest;
}

/** A manifest as it came, with the digest computed from its bytes. */
export interface Manifest {
  readonly kind: 'found';
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The header's claim, kept for the comparison; null when missing. */
  readonly headerDigest: string | null;
  readonly mediaType: string | null;
}

export type ManifestAnswer = Manifest | ({ readonly kind: 'refused' } & Refusal);

/**
 * Asks for a manifest's digest under one Accept profile.
 *
 * @param reference a legal tag name or a digest
 * @throws TransportError when no answer came
 */
export function headManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal?: AbortSignal,
): Promise<ManifestHead> {
  return client.send(manifestRequest(client, 'HEAD', path, reference, accept, signal)).then(headOf);
}

/** Reads the answer to a `HEAD`, which comes whole and needs no letting go of. */
export function headOf(response: HttpResponse): ManifestHead {
  if (response.status !== 200) return { kind: 'refused', status: response.status };
  const digest = response.header('docker-content-digest');
  return {
    kind: 'found',
    digest: isDigest(digest) ? digest : null,
    mediaType: parseMediaType(response.header('content-type')),
  };
}

/**
 * Asks whether a reference still leads to a known digest (`If-None-Match`), by the cheapest answer there is: 304.
 *
 * A 304 says where the reference leads and nothing else. Distribution gives it before it looks at `Accept` and
 * before it opens the manifest: it proves neither that the profile would get this digest nor that the manifest is
 * still there. Anything else is answered as `headManifest` answers.
 *
 * @throws TransportError when no answer came
 */
export async function headKnownManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  accept: AcceptProfile,
  known: Digest,
  signal?: AbortSignal,
): Promise<ManifestHead | ManifestUnchanged> {
  const response = await client.send(manifestRequest(client, 'HEAD', path, reference, accept, signal, known));
  if (response.status === 304) return { kind: 'unchanged', digest: known };
  return headOf(response);
}

/**
 * Fetches a manifest under one Accept profile. Its digest is computed from the received bytes, for signed
 * schema 1 from its payload; the header is never believed.
 *
 * @throws TransportError when no answer came, or the body is over 4 MiB
 */
export async function getManifest(
  client: RegistryClient,
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal?: AbortSignal,
): Promise<ManifestAnswer> {
  const response = await client.send(manifestRequest(client, 'GET', path, reference, accept, signal));
  if (response.status !== 200) return { kind: 'refused', ...(await refusalOf(response)) };
  const bytes = await response.bytes(MANIFEST_LIMIT_BYTES);
  const mediaType = parseMediaType(response.header('content-type'));
  const payload = isSchema1Type(mediaType) ? (schema1Payload(bytes) ?? bytes) : bytes;
  const headerDigest = response.header('docker-content-digest');
  return { kind: 'found', bytes, digest: digestOf(payload), headerDigest, mediaType };
}

const HEAD_KINDS = {
  wide: 'headWide',
  narrow: 'headNarrow',
  'dependency-proxy': 'other',
  none: 'other',
} as const satisfies Record<AcceptProfile['name'], RequestKind>;

/**
 * The request that asks for a manifest, or for its headers.
 *
 * @param known ask for it only if it is another than this: 304 if not
 */
export function manifestRequest(
  client: RegistryClient,
  method: 'GET' | 'HEAD',
  path: string,
  reference: string,
  accept: AcceptProfile,
  signal: AbortSignal | undefined,
  known: Digest | null = null,
): HttpRequest {
  const { folder, scopes } = commonOf(path);
  return {
    method,
    url: urlWithin(client, folder, reference),
    headers: known === null ? headersOf(accept) : { ...headersOf(accept), 'if-none-match': `"${known}"` },
    purpose: `read the manifest of ${path}:${reference}`,
    kind: known !== null ? 'headKnown' : method === 'GET' ? 'get' : HEAD_KINDS[accept.name],
    scopes,
    bodyLimit: method === 'GET' ? MANIFEST_LIMIT_BYTES : undefined,
    signal,
  };
}

/** What all requests for manifests of a repository have in common. */
const commonOf = rememberLast((path: string) => ({
  folder: `v2/${path}/manifests/`,
  scopes: [repositoryScope(path, 'pull')],
}));

const headersOf = rememberLast(
  ({ header }: AcceptProfile): Readonly<Record<string, string>> => (header === '' ? {} : { accept: header }),
);
