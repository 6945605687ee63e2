import { schema, type Valid } from '../core/schema.ts';
import { type AuthError, TransportError } from '../errors.ts';
import type { HttpRequest, HttpResponse, Send } from '../http/message.ts';
import type { AnonymousCredential, BasicCredential, IdentityTokenCredential } from './credential.ts';
import type { IssuedToken, Now } from './token-cache.ts';
import { readServiceError, redact, TokenError } from './token-error.ts';

/** The credentials a token service is asked with. */
export type TokenServiceCredential = AnonymousCredential | BasicCredential | IdentityTokenCredential;

/** What to ask, and where: from a challenge whose realm passed `checkRealm`. Scopes are merged. */
export type TokenRoute = {
  readonly realm: URL;
  readonly service: string | null;
  readonly scopes: readonly string[];
};

/** Gets a token for a route, until the signal is aborted. */
export type ObtainToken = (route: TokenRoute, signal: AbortSignal) => Promise<IssuedToken>;

const LARGEST_ANSWER = 1024 * 1024;
// Distribution's token specification: 60 seconds when nothing is said, and never less is to be handed out.
const SHORTEST_LIFE_S = 60;
const CLIENT_ID = 'geo-registry-audit';

const tokenAnswer = schema((z) =>
  z.object({
    token: z.string().optional(),
    access_token: z.string().optional(),
    expires_in: z.number().optional().catch(undefined),
    refresh_token: z.string().optional().catch(undefined),
  }),
);

/**
 * The client of token services: `GET realm?service=…&scope=…` with basic authentication or none (Distribution
 * token specification), or for an identity token a POST with the `refresh_token` grant (its OAuth2 sibling).
 *
 * Relies on `sendToken`, which is the transport without this room's wrapper, to take `Authorization` off a
 * redirect to another origin, to refuse one from https to http, and not to repeat a POST body at another origin.
 *
 * The function returned throws TokenError when the service refuses or answers nonsense, TransportError when it
 * cannot be reached or answers 429 or 5xx: that is no refusal.
 */
export function createTokenService(options: {
  credential: TokenServiceCredential;
  clock: Now;
  sendToken: Send;
}): ObtainToken {
  const { credential, clock, sendToken } = options;
  // Services may hand out a new refresh token with each use and void the old one: then each grant needs the one before.
  let refreshToken = credential.kind === 'identity-token' ? credential.token : '';
  let isRotating: boolean | null = credential.kind === 'identity-token' ? null : false;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after another, while that may be so. */
  function inTurn(work: () => Promise<IssuedToken>): Promise<IssuedToken> {
    if (isRotating === false) return work();
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  return (route, signal) => inTurn(() => obtain(route, signal));

  async function obtain(route: TokenRoute, signal: AbortSignal): Promise<IssuedToken> {
    const base = {
      purpose: `get a token from ${route.realm.host}${route.scopes.length > 0 ? ` for ${route.scopes.join(' ')}` : ''}`,
      kind: 'token' as const,
      bodyLimit: LARGEST_ANSWER,
    };
    const request: HttpRequest =
      credential.kind === 'identity-token'
        ? // Never broken off: the answer may hold the only refresh token that is valid from then on.
          { ...base, ...refreshGrant(route, refreshToken) }
        : { ...base, ...plainGet(route, credential), signal };
    const issuedAt = clock.now();
    const { response, body } = await answerTo(request, route, sendToken);
    const secrets = secretsOf(credential, refreshToken);
    if (response.status !== 200) throw refusalOf(response.status, route, body, secrets);
    if (route.realm.protocol === 'https:' && response.url.protocol !== 'https:') {
      throw tokenError(route, response.status, 'redirected to plain http, so its token is not used');
    }
    const answer = parseAnswer(body);
    const token = answer?.token || answer?.access_token;
    if (answer === null || !token || !/^[\x21-\x7e]+$/.test(token)) {
      throw tokenError(route, response.status, 'answered 200 without a token in it');
    }
    isRotating ||= Boolean(answer.refresh_token) && answer.refresh_token !== refreshToken;
    if (answer.refresh_token) refreshToken = answer.refresh_token;
    return {
      token,
      issuedAt,
      lifetimeMs: 1000 * Math.max(SHORTEST_LIFE_S, answer.expires_in ?? SHORTEST_LIFE_S),
    };
  }
}

/** The value of an `Authorization` header for a user name and password (RFC 7617, UTF-8). */
export function basicAuthorization(credential: BasicCredential): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

type RequestPart = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

function plainGet(route: TokenRoute, credential: AnonymousCredential | BasicCredential): RequestPart {
  const url = new URL(route.realm);
  if (route.service !== null) url.searchParams.set('service', route.service);
  for (const scope of route.scopes) url.searchParams.append('scope', scope);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (credential.kind === 'basic') headers.authorization = basicAuthorization(credential);
  return { method: 'GET', url, headers };
}

function refreshGrant(route: TokenRoute, refreshToken: string): RequestPart {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID });
  if (route.service !== null) form.set('service', route.service);
  if (route.scopes.length > 0) form.set('scope', route.scopes.join(' '));
  form.set('refresh_token', refreshToken);
  return {
    method: 'POST',
    url: route.realm,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new TextEncoder().encode(form.toString()),
  };
}

async function answerTo(
  request: HttpRequest,
  route: TokenRoute,
  sendToken: Send,
): Promise<{ response: HttpResponse; body: Uint8Array }> {
  try {
    const response = await sendToken(request);
    return { response, body: await response.bytes(LARGEST_ANSWER) };
  } catch (error) {
    if (!(error instanceof TransportError && error.code === 'BODY_TOO_LARGE')) throw error;
    throw tokenError(route, null, 'answered with more than 1 MiB');
  }
}

function parseAnswer(body: Uint8Array): Valid<typeof tokenAnswer> | null {
  try {
    return tokenAnswer().parse(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return null;
  }
}

function tokenError(route: TokenRoute, status: number | null, what: string): TokenError {
  return new TokenError(
    `the token service ${route.realm.host} ${what}`,
    { status, challengeError: null, realm: route.realm.host },
    { hint: 'Check `auth.token.realm` of the registry: it must be the URL of the token service itself.' },
  );
}

function refusalOf(
  status: number,
  route: TokenRoute,
  body: Uint8Array,
  secrets: readonly string[],
): AuthError | TransportError {
  const said = readServiceError(body, secrets);
  const reason = [said.code, said.message].filter((part) => part !== null).join(': ');
  const scopes = route.scopes.length > 0 ? ` for ${redact(route.scopes.join(' '), secrets)}` : '';
  const verb = status === 401 || status === 403 || status === 400 ? 'refused a token' : 'gave no token';
  const message = `the token service ${route.realm.host} ${verb}${scopes}: status ${status}${reason && `, ${reason}`}`;
  if (status === 429 || status >= 500) return new TransportError('UNREACHABLE', message);
  return new TokenError(
    message,
    { status, challengeError: said.code, realm: route.realm.host },
    { hint: hintFor(status) },
  );
}

function hintFor(status: number): string {
  if (status === 401) return 'Check the user name and that the password or token is valid and not expired.';
  if (status === 403) return 'Check that the user may read the repository (token scope `read_registry`).';
  if (status === 400) return 'Log in again: an identity token may have been withdrawn.';
  return 'Check `auth.token.realm` of the registry: it must be the URL of the token service itself.';
}

function secretsOf(credential: TokenServiceCredential, refreshToken: string): string[] {
  if (credential.kind === 'basic') {
    return [basicAuthorization(credential).slice('Basic '.length), credential.password];
  }
  return credential.kind === 'identity-token' ? [credential.token, refreshToken] : [];
}
