import type { HttpResponse } from '../http/message.ts';
import { type Refusal, type RegistryClient, refusalOf, urlOf } from './registry-client.ts';

/** What a registry says of itself in the headers of `GET /v2/` (`docs/facts.md` §2). */
export interface RegistryIdentity {
  readonly vendor: 'gitlab' | 'distribution' | 'other';
  readonly version: string | null;
  readonly features: readonly string[];
  /** Whether the GitLab registry has its metadata database on; null when it does not say. */
  readonly database: boolean | null;
  /** Whether a single tag can be deleted, as far as it is known without writing. */
  readonly tagDelete: 'yes' | 'no' | 'unknown';
}

export type PingAnswer =
  | { readonly kind: 'ok'; readonly identity: RegistryIdentity }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Nothing is known of a registry that has not answered. */
export const UNKNOWN_IDENTITY: RegistryIdentity = {
  vendor: 'other',
  version: null,
  features: [],
  database: null,
  tagDelete: 'unknown',
};

/**
 * The API version check, `GET /v2/`.
 *
 * @param maxRetries fewer than usual on first contact, so that a wrong URL is said quickly
 * @throws TransportError when no answer came; AuthError when no token could be had
 */
export async function ping(
  client: RegistryClient,
  options: { maxRetries?: number; signal?: AbortSignal | undefined } = {},
): Promise<PingAnswer> {
  const response = await client.send({
    method: 'GET',
    url: urlOf(client, 'v2/'),
    headers: {},
    purpose: 'reach the registry',
    kind: 'ping',
    bodyLimit: 1024 * 1024,
    maxRetries: options.maxRetries,
    signal: options.signal,
  });
  if (response.status !== 200) return { kind: 'refused', refusal: await refusalOf(response) };
  await response.discard();
  return { kind: 'ok', identity: identityOf((name) => response.header(name)) };
}

function identityOf(header: HttpResponse['header']): RegistryIdentity {
  const version = header('gitlab-container-registry-version');
  if (version === null) {
    const known = header('docker-distribution-api-version') === 'registry/2.0';
    return { ...UNKNOWN_IDENTITY, vendor: known ? 'distribution' : 'other' };
  }
  const listed = header('gitlab-container-registry-features');
  const features = (listed ?? '')
    .split(',')
    .map((feature) => feature.trim())
    .filter((feature) => feature !== '');
  const database = header('gitlab-container-registry-database-enabled');
  return {
    vendor: 'gitlab',
    version,
    features,
    database: database === null ? null : database === 'true',
    // A registry older than the feature header is also older than tag delete, but the header may be stripped.
    tagDelete: features.includes('tag_delete') ? 'yes' : listed === null ? 'unknown' : 'no',
  };
}
