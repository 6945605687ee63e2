import { challengeError } from '../../auth/challenge.ts';
import { AuditError, AuthError } from '../../errors.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { catalogRefusal } from '../../registry/catalog.ts';
import { askForGitlabApi, type GitlabApiAnswer } from '../../registry/gitlab-tags.ts';
import { ping, type RegistryIdentity } from '../../registry/ping.ts';
import { type RegistryClient, refusalOf, repositoryScope, urlOf } from '../../registry/registry-client.ts';
import { type Check, check, NOT_LET_IN, type Outcome, type Subject } from './check.ts';
import type { ConnectedSite, DoctorContext } from './site.ts';

/** The checks of what a site can do and lets us do. */
export interface Abilities {
  readonly checks: readonly Check[];
  /** Whether the site has the GitLab v1 API; null when it is not known. */
  readonly gitlabV1: boolean | null;
}

/** Which registry it is, its GitLab v1 API, tag delete and catalog. */
export async function checkAbilities(
  site: ConnectedSite,
  isIn: boolean,
  context: DoctorContext,
): Promise<Abilities> {
  const client = clientOf(site);
  const subjects = {
    registry: { id: 'registry', title: 'registry', tried: 'headers of GET /v2/' },
    gitlabV1: {
      id: 'gitlab-v1',
      title: 'GitLab v1 API',
      tried: `GET ${redactUrl(urlOf(client, 'gitlab/v1/'))}`,
    },
    tagDelete: { id: 'tag-delete', title: 'delete by tag', tried: 'headers of GET /v2/, nothing written' },
    catalog: { id: 'catalog', title: 'catalog', tried: `GET ${redactUrl(urlOf(client, 'v2/_catalog?n=1'))}` },
  };
  if (!isIn) {
    return { checks: Object.values(subjects).map((subject) => check(subject, NOT_LET_IN)), gitlabV1: null };
  }
  let identity: RegistryIdentity | null = null;
  let gitlabV1: boolean | null = null;
  const registry = await guarded(subjects.registry, context, async () => {
    const answer = await ping(client, { signal: context.signal });
    if (answer.kind === 'refused') return { result: 'fail', detail: answer.refusal.message };
    identity = answer.identity;
    return judgeIdentity(answer.identity);
  });
  const v1 = await guarded(subjects.gitlabV1, context, async () => {
    const answer = await askForGitlabApi(client, context.signal);
    gitlabV1 = answer.isThere;
    return judgeGitlabV1(answer, identity);
  });
  const catalog = await guarded(subjects.catalog, context, async () => {
    const refusal = await catalogRefusal(client, context.signal);
    return refusal === null ? { result: 'ok', detail: 'may be read' } : noCatalog(refusal.message);
  });
  const isRefused = catalog.cause === 'TOKEN_REFUSED';
  return {
    checks: [
      registry,
      v1,
      check(subjects.tagDelete, judgeTagDelete(identity)),
      isRefused ? check(subjects.catalog, noCatalog(catalog.detail)) : catalog,
    ],
    gitlabV1,
  };
}

/** Whether each repository may be read. */
export async function checkRepositories(
  site: ConnectedSite,
  repositories: readonly string[],
  isReachable: boolean,
  context: DoctorContext,
): Promise<Check[]> {
  if (repositories.length === 0) {
    return [
      check(
        { id: 'scope', title: 'repository scope', tried: 'nothing: no repository was named' },
        {
          result: 'skipped',
          detail: 'a credential may open the registry and still not a repository',
          nextStep: 'Name one, e.g. doctor group/project.',
        },
      ),
    ];
  }
  const checks: Check[] = [];
  for (const path of repositories) {
    const subject = { id: 'scope', title: `may read ${path}`, tried: `tag list of ${path}` };
    checks.push(
      isReachable
        ? await guarded(subject, context, () => readTagList(site, path, context))
        : check(subject, { result: 'skipped', detail: 'the site was not reached' }),
    );
  }
  return checks;
}

async function readTagList(site: ConnectedSite, path: string, { signal }: DoctorContext): Promise<Outcome> {
  const client = clientOf(site);
  const response = await client.send({
    method: 'GET',
    url: urlOf(client, `v2/${path}/tags/list?n=1`),
    headers: {},
    purpose: `read the tag list of ${path}`,
    scopes: [repositoryScope(path, 'pull')],
    signal,
  });
  if (response.status === 200) {
    await response.discard();
    return { result: 'ok', detail: 'pull is granted' };
  }
  const said = challengeError(response.header('www-authenticate'));
  const refusal = await refusalOf(response);
  if (refusal.status === 404 && refusal.code === 'NAME_UNKNOWN') {
    return {
      result: 'warn',
      detail: 'granted, but the site does not know the repository',
      nextStep: 'Check the path; on a secondary it may not have been replicated yet.',
    };
  }
  const detail = `HTTP ${refusal.status}${said === null ? '' : `, ${said}`}: ${refusal.message}`;
  if (refusal.status !== 401 && refusal.status !== 403) return { result: 'fail', detail };
  return { result: 'fail', detail, cause: 'TOKEN_REFUSED', nextStep: scopeStep(site, said) };
}

function scopeStep({ credential, flag }: ConnectedSite, said: string | null): string {
  if (credential.kind === 'gitlab-key')
    return 'See the check "issuer and key"; the scope itself is signed as asked for.';
  if (credential.kind === 'bearer')
    return `The token in ${flag('token-file')} is for another scope or expired: get one for this repository.`;
  const why = said === 'insufficient_scope' ? 'The user may not pull this repository: ' : '';
  return `${why}give a user with at least the Reporter role and a token with read_registry, or the signing key in ${flag('gitlab-key')}.`;
}

/** Runs a check; what is thrown becomes its outcome. */
async function guarded(
  subject: Subject,
  { signal }: DoctorContext,
  work: () => Promise<Outcome>,
): Promise<Check> {
  try {
    return check(subject, await work());
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AuditError)) throw error;
    return check(subject, {
      result: 'fail',
      detail: error.message,
      nextStep: error.hint ?? null,
      cause: error instanceof AuthError ? 'TOKEN_REFUSED' : null,
    });
  }
}

function clientOf(site: ConnectedSite): RegistryClient {
  return { base: site.url, send: site.authenticated };
}

function judgeIdentity({ vendor, version, features, database }: RegistryIdentity): Outcome {
  if (vendor === 'distribution') {
    return {
      result: 'ok',
      detail: 'CNCF Distribution, or a GitLab registry whose headers are taken away; version not told',
    };
  }
  if (vendor === 'other') return { result: 'warn', detail: 'of unknown kind: it does not say what it is' };
  const db = database === null ? 'database not told' : `metadata database ${database ? 'on' : 'off'}`;
  const able = features.length === 0 ? 'no features told' : `features ${features.join(', ')}`;
  return { result: 'ok', detail: `GitLab registry ${version}, ${db}, ${able}` };
}

function judgeGitlabV1({ isThere, status }: GitlabApiAnswer, identity: RegistryIdentity | null): Outcome {
  if (isThere) return { result: 'ok', detail: 'there' };
  if (isThere === null) {
    return {
      result: 'warn',
      detail: `HTTP ${status}: not known whether it is there, which 404 alone would deny`,
      nextStep: "Look at the registry's log and load, and at any proxy in front of it.",
    };
  }
  if (identity?.database !== true) return { result: 'ok', detail: 'not there: no metadata database' };
  return {
    result: 'warn',
    detail: 'not there, although the metadata database is on',
    nextStep: 'Let the proxy in front of the registry pass /gitlab/v1/ on.',
  };
}

function judgeTagDelete(identity: RegistryIdentity | null): Outcome {
  switch (identity?.tagDelete) {
    case 'yes':
      return { result: 'ok', detail: 'supported (tag_delete)' };
    case 'no':
      return {
        result: 'warn',
        detail: 'not supported: --fix removes a tag by way of a placeholder manifest',
        nextStep: 'Upgrade GitLab to 16.4 or later for delete by tag.',
      };
    default:
      return {
        result: 'unknown',
        detail: 'cannot be known without writing: the answer to OPTIONS is wrong on Distribution 2.8',
      };
  }
}

/** The catalog matters to `--all` alone. */
function noCatalog(why: string): Outcome {
  return {
    result: 'warn',
    detail: `may not be read, so --all will not work: ${why}`,
    nextStep: 'Name repositories by --repositories-from, or find them by --gitlab-url with --gitlab-group.',
  };
}
