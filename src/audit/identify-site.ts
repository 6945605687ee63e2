import type { ConcurrencyLimit } from '../core/concurrency.ts';
import { TransportError } from '../errors.ts';
import { askForGitlabApi } from '../registry/gitlab-tags.ts';
import { ping, UNKNOWN_IDENTITY } from '../registry/ping.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { gitlabV1Fields } from '../report/has-gitlab-v1.ts';
import type { ReadError, SiteIdentity } from '../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from './read-failure.ts';

/** A site to read: the connection to its registry, and how its URL is shown. */
export interface SiteConnection {
  readonly client: RegistryClient;
  /** Without user info and without a slash at the end. */
  readonly url: string;
  /** Tags read at once. */
  readonly concurrency: ConcurrencyLimit;
  /** How often it is looked for again when it is gone in the middle of a run; a few times when absent. */
  readonly looks?: number;
  /** A credential goes with the requests, so that a 401 is its refusal. */
  readonly authenticated?: boolean;
}

/** What is known of a site before its repositories are read. */
export interface IdentifiedSite extends SiteConnection {
  readonly identity: SiteIdentity;
  /** Whether it has the GitLab v1 API; null when that is not known, as where it was not asked. */
  readonly gitlabV1: boolean | null;
  /** Why nothing can be read from it; null when it answers. */
  readonly fault: ReadError | null;
  /** It refuses `/v2/`, which a registry with public repositories may do and still let them be read. */
  readonly refused: ReadError | null;
}

/** A wrong URL should be said within seconds, not after the patience that a run's middle deserves. */
const FIRST_CONTACT_RETRIES = 2;

/** Asks a site who it is. Never throws for what the site does. */
export async function identifySite(site: SiteConnection, signal?: AbortSignal): Promise<IdentifiedSite> {
  const unknown = {
    identity: { url: site.url, registry: { ...UNKNOWN_IDENTITY, features: [], ...gitlabV1Fields(null) } },
    gitlabV1: null,
  };
  try {
    const answer = await ping(site.client, { maxRetries: FIRST_CONTACT_RETRIES, signal });
    if (answer.kind === 'refused') {
      const error = errorOfRefusal(answer.refusal, `reach the registry at ${site.url}/v2/`);
      const isAuth = answer.refusal.status === 401 || answer.refusal.status === 403;
      return { ...site, ...unknown, fault: isAuth ? null : error, refused: isAuth ? error : null };
    }
    const gitlabV1 = await offersGitlabApi(site, signal);
    const identity = {
      url: site.url,
      registry: { ...answer.identity, features: [...answer.identity.features], ...gitlabV1Fields(gitlabV1) },
    };
    return { ...site, identity, gitlabV1, fault: null, refused: null };
  } catch (error) {
    const fault = errorOfFault(error, signal);
    const isAuth = fault.code === 'AUTH_REFUSED';
    return { ...site, ...unknown, fault: isAuth ? null : fault, refused: isAuth ? fault : null };
  }
}

/** The v1 listing is read beside the other: a site that does not answer there can be read all the same. */
async function offersGitlabApi({ client }: SiteConnection, signal?: AbortSignal): Promise<boolean | null> {
  try {
    return (await askForGitlabApi(client, signal)).isThere;
  } catch (error) {
    if (signal?.aborted || !(error instanceof TransportError)) throw error;
    return null;
  }
}
