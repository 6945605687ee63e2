import { type AcceptProfile, WIDE } from '../../core/accept.ts';
import { type Digest, matchesDigest } from '../../core/digest.ts';
import { MediaType } from '../../core/media-types.ts';
import { getBlob } from '../../registry/blobs.ts';
import { headBlob } from '../../registry/head-blob.ts';
import { getManifest, headManifest, type Manifest } from '../../registry/manifests.ts';
import type { Refusal, RegistryClient } from '../../registry/registry-client.ts';
import type { ReadError } from '../../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from '../read-failure.ts';

/** One repository of one site, to be asked for content. */
export interface ContentSource {
  readonly client: RegistryClient;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** The site says that it has not got it. */
interface Missing {
  readonly state: 'missing';
}
/** It is there, and is not what its digest says. */
interface Corrupt {
  readonly state: 'corrupt';
  readonly found: string;
}
/** Nothing is known of it. */
interface Failed {
  readonly state: 'failed';
  readonly error: ReadError;
}

/** What a site answered for a piece of content; a failure to get an answer is never "missing". */
export type Presence =
  | { readonly state: 'present'; readonly size: number | null }
  | Missing
  | Corrupt
  | Failed;

export type ManifestReading =
  | { readonly state: 'present'; readonly manifest: Manifest }
  | Missing
  | Corrupt
  | Failed;

const MISSING: Missing = { state: 'missing' };

/** By digest nothing is rewritten, so every type is asked for. */
const ANY_TYPES = [...WIDE.types, MediaType.ociArtifact];
const ANY_MANIFEST: AcceptProfile = { name: 'wide', types: ANY_TYPES, header: ANY_TYPES.join(', ') };

/** Fetches a manifest by digest and checks that its bytes hash to it. */
export async function readManifest(source: ContentSource, digest: Digest): Promise<ManifestReading> {
  const { client, path, signal } = source;
  return failSoftly(source, async () => {
    const answer = await getManifest(client, path, digest, ANY_MANIFEST, signal);
    if (answer.kind === 'refused') return absence(answer, `read manifest ${digest} of ${path}`);
    const isIntact = answer.digest === digest || matchesDigest(answer.bytes, digest);
    return isIntact ? { state: 'present', manifest: answer } : { state: 'corrupt', found: answer.digest };
  });
}

/** Asks whether a repository has a manifest whose content is known already. */
export async function seeManifest(source: ContentSource, digest: Digest): Promise<Presence> {
  const { client, path, signal } = source;
  return failSoftly(source, async () => {
    const head = await headManifest(client, path, digest, ANY_MANIFEST, signal);
    if (head.kind === 'found') return { state: 'present', size: null };
    // A HEAD has no words: whether it is the registry that says so shows in those of a GET.
    const reading = await readManifest(source, digest);
    return reading.state === 'present' ? { state: 'present', size: reading.manifest.bytes.length } : reading;
  });
}

/** Asks whether a repository has a blob. */
export async function seeBlob(source: ContentSource, digest: Digest): Promise<Presence> {
  const { client, path, signal } = source;
  return failSoftly(source, async () => {
    const head = await headBlob(client, path, digest, signal);
    if (head.kind === 'found') return { state: 'present', size: head.size };
    if (head.status === 404 && head.by === 'registry') return MISSING;
    if (head.by !== 'storage' && head.status !== 404) {
      const refusal = { status: head.status, code: null, message: `HTTP ${head.status}` };
      return { state: 'failed', error: errorOfRefusal(refusal, `look for blobs of ${path}`) };
    }
    // Object storage may take a signed GET and no HEAD; a proxy's 404 has no registry's words.
    const answer = await getBlob(client, path, digest, 0, signal);
    if (answer.kind === 'found') {
      answer.stream.on('error', () => undefined).destroy();
      return { state: 'present', size: answer.total };
    }
    if (answer.status === 404 && head.by === 'storage') return MISSING;
    return absence(answer, `look for blobs of ${path}`);
  });
}

/** A 404 in a registry's own words (OCI distribution-spec, "Error Codes") says "missing"; no other refusal does. */
export function absence(refusal: Refusal, attempted: string): Missing | Failed {
  if (refusal.status === 404 && refusal.code !== null) return MISSING;
  return { state: 'failed', error: errorOfRefusal(refusal, attempted) };
}

async function failSoftly<T>({ signal }: ContentSource, work: () => Promise<T>): Promise<T | Failed> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (fault) {
    return { state: 'failed', error: errorOfFault(fault, signal) };
  }
}
