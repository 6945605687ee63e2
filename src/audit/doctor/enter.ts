import { challengeError, findChallenge } from '../../auth/challenge.ts';
import { type Credential, describeCredential } from '../../auth/credential.ts';
import { gitlabKeyId } from '../../auth/gitlab-token.ts';
import { AuditError, AuthError } from '../../errors.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { refusalOf } from '../../registry/registry-client.ts';
import { type Check, check, NOT_LET_IN, NOT_REACHED, type Outcome } from './check.ts';
import type { FirstAnswer } from './first-answer.ts';
import type { ConnectedSite, DoctorContext } from './site.ts';
import { findSuspect } from './suspect.ts';

/** The checks of the credential, and whether `/v2/` opened with it. */
export interface Entry {
  readonly checks: readonly Check[];
  readonly isIn: boolean;
}

/** Said of a credential that goes to a registry which asks for none. */
const UNEXAMINED: Outcome = { result: 'unknown', detail: 'the registry is open and does not look at it' };
const TOKEN_REFUSED = { result: 'fail', cause: 'TOKEN_REFUSED' } as const;

/** Which credential there is, whether a token is obtained and accepted with it, and what is wrong with a refused key. */
export async function checkEntry(
  site: ConnectedSite,
  first: FirstAnswer,
  context: DoctorContext,
): Promise<Entry> {
  const { credential } = site;
  const subjects = {
    credential: { id: 'credential', title: 'credential', tried: 'flags, environment, docker configuration' },
    obtained: { id: 'token-obtained', title: 'token obtained', tried: obtainWords(credential) },
    accepted: {
      id: 'token-accepted',
      title: 'credential accepted',
      tried: `GET ${redactUrl(new URL('v2/', site.url))} with the credential`,
    },
    suspect: {
      id: 'issuer-or-key',
      title: 'issuer and key',
      tried: 'the key with the usual issuers, the offered service, the site’s time',
    },
  };
  const described = check(subjects.credential, describe(site, first.isOpen));
  const isKey = credential.kind === 'gitlab-key';
  const withSuspect = (checks: Check[], outcome: Outcome) =>
    isKey ? [...checks, check(subjects.suspect, outcome)] : checks;
  if (!first.isRegistry) {
    const checks = [described, check(subjects.obtained, NOT_REACHED), check(subjects.accepted, NOT_REACHED)];
    return { checks: withSuspect(checks, NOT_REACHED), isIn: false };
  }
  const { obtained, accepted } = await enter(site, first, context);
  const isIn = accepted.result === 'ok';
  let suspect: Outcome = isIn ? { result: 'ok', detail: 'the registry takes these' } : NOT_LET_IN;
  if (isIn && first.isOpen) suspect = UNEXAMINED;
  if (isKey && accepted.cause === 'TOKEN_REFUSED') suspect = await suspectOf();
  const checks = [described, check(subjects.obtained, obtained), check(subjects.accepted, accepted)];
  return { checks: withSuspect(checks, suspect), isIn };

  async function suspectOf(): Promise<Outcome> {
    if (credential.kind !== 'gitlab-key') return { result: 'skipped', detail: 'no signing key' };
    try {
      return await findSuspect(site, credential, first, context);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof AuditError)) throw error;
      return { result: 'unknown', detail: error.message, nextStep: error.hint ?? null };
    }
  }
}

function describe({ credential, flag }: ConnectedSite, isOpen: boolean): Outcome {
  const { kind, source, username } = describeCredential(credential);
  if (kind === 'anonymous') {
    return isOpen
      ? { result: 'ok', detail: 'none, and none is asked for' }
      : {
          result: 'warn',
          detail: 'none was given or found',
          nextStep: giveCredential({ flag }),
        };
  }
  const words = {
    basic: 'password',
    bearer: 'ready token',
    'identity-token': 'identity token',
    'gitlab-key': 'signing key',
  };
  const origin = source.replace(/^flag /, '');
  return {
    result: 'ok',
    detail: `${words[kind]}${username === undefined ? '' : ` of ${username}`}, from ${origin}`,
  };
}

function obtainWords(credential: Credential): string {
  switch (credential.kind) {
    case 'gitlab-key':
      return `sign as ${credential.issuer} for ${credential.service}`;
    case 'bearer':
      return 'none: a ready token was given';
    default:
      return 'ask the token service of the challenge';
  }
}

async function enter(
  site: ConnectedSite,
  first: FirstAnswer,
  { signal }: DoctorContext,
): Promise<{ obtained: Outcome; accepted: Outcome }> {
  const { credential } = site;
  const bearer = findChallenge(first.challenges, 'bearer');
  const isService = bearer !== undefined && credential.kind !== 'bearer' && credential.kind !== 'gitlab-key';
  const obtained = (): Outcome => {
    if (credential.kind === 'gitlab-key')
      return { result: 'ok', detail: `signed here with key ${gitlabKeyId(credential.key).slice(0, 14)}…` };
    if (isService) return { result: 'ok', detail: `from ${hostOf(bearer.params.realm)}` };
    return { result: 'skipped', detail: 'no token service is asked' };
  };
  const notAsked: Outcome = { result: 'skipped', detail: 'there is no token' };
  try {
    const response = await site.authenticated({
      method: 'GET',
      url: new URL('v2/', site.url),
      headers: {},
      purpose: 'enter the registry',
      bodyLimit: 64 * 1024,
      signal,
    });
    const said = challengeError(response.header('www-authenticate'));
    if (response.status === 200) {
      await response.discard();
      return {
        obtained: obtained(),
        accepted: { result: 'ok', detail: first.isOpen ? 'HTTP 200, as without one' : 'HTTP 200' },
      };
    }
    const refusal = await refusalOf(response);
    const words = `HTTP ${refusal.status}${said === null ? '' : `, ${said}`}: ${refusal.message}`;
    const isAuth = refusal.status === 401 || refusal.status === 403;
    return {
      obtained: obtained(),
      accepted: isAuth ? refusedBy(site, words) : { result: 'fail', detail: words },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AuditError)) throw error;
    const fault = { detail: error.message, nextStep: error.hint ?? null };
    if (error instanceof AuthError) {
      const nextStep = credential.kind === 'anonymous' ? giveCredential(site) : fault.nextStep;
      return { obtained: { ...TOKEN_REFUSED, ...fault, nextStep }, accepted: notAsked };
    }
    return isService
      ? {
          obtained: { result: 'fail', detail: fault.detail, nextStep: realmStep(bearer.params.realm) },
          accepted: notAsked,
        }
      : { obtained: obtained(), accepted: { result: 'fail', ...fault } };
  }
}

function refusedBy({ credential, flag }: ConnectedSite, detail: string): Outcome {
  const steps: Record<Credential['kind'], string> = {
    anonymous: giveCredential({ flag }),
    basic: 'Check the user name and the password or access token, and that it has not expired.',
    bearer: `The token in ${flag('token-file')} is expired, of another issuer, or for another registry: get a new one.`,
    'identity-token': 'Run docker login again.',
    'gitlab-key': 'See the check "issuer and key".',
  };
  return { ...TOKEN_REFUSED, detail, nextStep: steps[credential.kind] };
}

function hostOf(realm: string | undefined): string {
  return realm !== undefined && URL.canParse(realm) ? new URL(realm).host : 'the token service';
}

function giveCredential({ flag }: Pick<ConnectedSite, 'flag'>): string {
  return `Give ${flag('gitlab-key')} (the registry's signing key), or ${flag('username')} with ${flag('password-file')}.`;
}

function realmStep(realm: string | undefined): string {
  return `See that ${hostOf(realm)} can be reached from this host and is up: the registry names it (registry['token_realm'] in gitlab.rb). The signing key needs no token service.`;
}
