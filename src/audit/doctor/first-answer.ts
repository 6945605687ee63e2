import { type Challenge, findChallenge, parseChallenges } from '../../auth/challenge.ts';
import { redact } from '../../auth/token-error.ts';
import { AuditError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { type Check, check, NOT_REACHED, type Outcome } from './check.ts';
import type { ConnectedSite, DoctorContext } from './site.ts';

/** A wrong URL should be said within seconds. */
const FIRST_CONTACT_RETRIES = 1;
const BODY_LIMIT = 64 * 1024;
/** A token is valid for minutes, and a registry allows a minute of difference. */
const TOLERATED_SKEW_MS = 60_000;

/** What `/v2/` answered without a credential. */
export interface FirstAnswer {
  readonly checks: readonly Check[];
  /** False when it is no use to go on. */
  readonly isRegistry: boolean;
  /** It let us in without a credential. */
  readonly isOpen: boolean;
  readonly challenges: readonly Challenge[];
  /** The site's clock minus ours in milliseconds, by its `Date` header; null when it sends none. */
  readonly skewMs: number | null;
}

/** Whether a clock difference is too large for tokens. */
export function isSkewed(skewMs: number | null): skewMs is number {
  return skewMs !== null && Math.abs(skewMs) > TOLERATED_SKEW_MS;
}

/** A time difference in words: `10 minutes behind`. */
export function skewWords(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const amount = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return `${amount} ${skewMs > 0 ? 'ahead of' : 'behind'}`;
}

/** Asks `/v2/` without a credential: does a registry answer, how does it authenticate, what time is it there. */
export async function readFirstAnswer(
  site: ConnectedSite,
  isReachable: boolean,
  context: DoctorContext,
): Promise<FirstAnswer> {
  const url = new URL('v2/', site.url);
  const tried = `GET ${redactUrl(url)} without a credential`;
  const api = { id: 'api', title: 'registry answers', tried };
  const challenge = {
    id: 'challenge',
    title: 'way to authenticate',
    tried: 'WWW-Authenticate of that answer',
  };
  const clock = { id: 'clock', title: 'clock', tried: 'Date of that answer' };
  const nothing = (outcome: Outcome): FirstAnswer => ({
    checks: [check(api, outcome), check(challenge, NOT_REACHED), check(clock, NOT_REACHED)],
    isRegistry: false,
    isOpen: false,
    challenges: [],
    skewMs: null,
  });
  if (!isReachable) return nothing(NOT_REACHED);
  const before = context.clock.now();
  let response: HttpResponse;
  let body: string;
  try {
    response = await site.bare({
      method: 'GET',
      url,
      headers: {},
      purpose: 'reach the registry',
      bodyLimit: BODY_LIMIT,
      maxRetries: FIRST_CONTACT_RETRIES,
      signal: context.signal,
    });
    body = Buffer.from(await response.bytes(BODY_LIMIT)).toString('utf8');
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof AuditError)) throw error;
    return nothing({ result: 'fail', detail: error.message, nextStep: error.hint ?? null });
  }
  const skewMs = skewOf(response.header('date'), (before + context.clock.now()) / 2);
  const challenges =
    response.status === 401 ? parseChallenges(response.header('www-authenticate') ?? '') : [];
  const answer = judgeAnswer(response, body, site, url);
  const isRegistry = answer.result !== 'fail';
  return {
    checks: [
      check(api, answer),
      check(challenge, isRegistry ? judgeChallenge(response.status, challenges) : NOT_REACHED),
      check(clock, judgeClock(skewMs)),
    ],
    isRegistry,
    isOpen: isRegistry && response.status === 200,
    challenges,
    skewMs,
  };
}

function judgeAnswer(response: HttpResponse, body: string, site: ConnectedSite, asked: URL): Outcome {
  const { status } = response;
  const { flag } = site;
  if (status === 200 || status === 401) {
    const named = response.header('docker-distribution-api-version') !== null;
    const moved = response.url.href === asked.href ? '' : `, after a redirect to ${redactUrl(response.url)}`;
    if (named || status === 401) {
      return moved === ''
        ? { result: 'ok', detail: `HTTP ${status}` }
        : {
            result: 'warn',
            detail: `HTTP ${status}${moved}`,
            nextStep: `Give that address in ${flag('url')}.`,
          };
    }
    return {
      result: /^\s*</.test(body) ? 'fail' : 'warn',
      detail: `HTTP ${status} without Docker-Distribution-Api-Version${moved}: perhaps no registry`,
      nextStep: `Is ${flag('url')} the registry (registry_external_url in gitlab.rb), or GitLab's web address?`,
    };
  }
  if (status === 400 && /HTTPS (server|port)/i.test(body)) {
    return {
      result: 'fail',
      detail: 'the server speaks TLS and got plain http',
      nextStep: `Say https:// in ${flag('url')}.`,
    };
  }
  if (status >= 500) {
    return {
      result: 'fail',
      detail: `HTTP ${status}: the registry, or what is behind the proxy in front of it, is down`,
      nextStep: 'Look at gitlab-ctl status registry and gitlab-ctl tail registry on the site.',
    };
  }
  return {
    result: 'fail',
    detail: `HTTP ${status}: no registry answers under this address`,
    nextStep: `Give the address of registry_external_url (gitlab.rb) in ${flag('url')}, with its port and without v2/.`,
  };
}

function judgeChallenge(status: number, challenges: readonly Challenge[]): Outcome {
  if (status === 200) return { result: 'ok', detail: 'none: open to everybody' };
  const bearer = findChallenge(challenges, 'bearer');
  if (bearer !== undefined) {
    const { realm = 'none', service = 'none' } = bearer.params;
    return {
      result: 'ok',
      detail: `token: realm ${redact(redactUrl(realm), [])}, service ${redact(service, [])}`,
    };
  }
  if (findChallenge(challenges, 'basic')) return { result: 'ok', detail: 'user name and password (Basic)' };
  const schemes = challenges.map(({ scheme }) => redact(scheme, [])).join(', ');
  return {
    result: 'fail',
    detail: schemes === '' ? '401 without a challenge' : `only ${schemes}, which registries do not use`,
    nextStep:
      'Look at `auth` in the registry’s configuration, and at what a proxy in front of it takes away.',
  };
}

function skewOf(date: string | null, now: number): number | null {
  const time = date === null ? Number.NaN : Date.parse(date);
  // The header has whole seconds, cut off.
  return Number.isNaN(time) ? null : time + 500 - now;
}

function judgeClock(skewMs: number | null): Outcome {
  if (skewMs === null) return { result: 'unknown', detail: 'no Date header' };
  if (!isSkewed(skewMs)) return { result: 'ok', detail: 'within a minute of this host' };
  return {
    result: 'warn',
    detail: `the site is ${skewWords(skewMs)} this host`,
    nextStep: 'Set both clocks by NTP (timedatectl, chronyc tracking): tokens are valid for minutes only.',
  };
}
