import type { HttpRequest, HttpResponse, Send, SendWrapper } from '../http/message.ts';
import type { Logger } from '../logger.ts';
import {
  type Authorization,
  type Authorizer,
  gitlabKeyAuthorizer,
  readyTokenAuthorizer,
} from './authorizer.ts';
import { parseChallenges } from './challenge.ts';
import { challengeAuthorizer } from './challenge-authorizer.ts';
import type { Credential } from './credential.ts';
import { belongsToRegistry, ownershipOf, versionCheckUrl } from './registry-origin.ts';
import type { IssuedToken, Now } from './token-cache.ts';
import { createTokenService, type TokenRoute } from './token-service.ts';

/** What `createAuthentication` needs to know. */
export type AuthenticationOptions = {
  /** The registry's base URL, with its path prefix if it has one. */
  readonly registry: URL;
  readonly credential: Credential;
  readonly clock: Now;
  /** Sends token requests: the same transport without this wrapper (see `createTokenService` for what it must do). */
  readonly sendToken: Send;
  readonly log?: Pick<Logger, 'debug'>;
  /** Makes the `jti` of GitLab tokens; random by default. */
  readonly newId?: () => string;
};

/**
 * Adds `Authorization` to the requests of one registry, and to no others: a request to another origin or
 * outside the path prefix passes untouched, and a 401 that came from elsewhere (after a redirect) is not acted on.
 *
 * A ready token and GitLab's signed token go with every request. Otherwise the first request goes without
 * credentials, and the challenge of the 401 decides; later ones use what was learnt. Tokens are shared by
 * requests with the same scopes and renewed before they end; a request for one ends when all that wait for it are
 * given up. After a 401 a request is sent once more with what
 * the challenge asks for, if that is something else; a second 401 goes to the caller as it is. A request whose
 * body is a stream is never sent again: the challenge is asked for beforehand at `/v2/`.
 *
 * The `Send` it makes throws TokenError when no token can be had, TransportError when the token service
 * does not answer.
 */
export function createAuthentication(options: AuthenticationOptions): SendWrapper {
  const { registry } = options;
  const isRefusal = (response: HttpResponse) =>
    response.status === 401 && belongsToRegistry(registry, response.url);

  return (next) => {
    const authorizer = createAuthorizer(options, next);
    const isOwn = ownershipOf(registry);

    const afterRefusal = async (
      request: HttpRequest,
      once: boolean,
      first: Authorization | null,
      response: HttpResponse,
    ): Promise<HttpResponse> => {
      const challenges = challengesOf(response);
      let second: Authorization | null;
      try {
        second = await authorizer.after(request, first, challenges);
      } catch (error) {
        await response.discard();
        throw error;
      }
      if (second === null || once) {
        setRefused(first, true);
        return response;
      }
      await response.discard();
      const replay = await next(withAuthorization(request, second));
      setRefused(second, isRefusal(replay));
      return replay;
    };

    const sendWith = (request: HttpRequest, once: boolean, first: Authorization | null) =>
      next(withAuthorization(request, first)).then((response) => {
        if (isRefusal(response)) return afterRefusal(request, once, first, response);
        setRefused(first, false);
        return response;
      });

    return (request) => {
      if (!isOwn(request.url)) return next(request);
      const once = request.body !== undefined && !(request.body instanceof Uint8Array);
      const first = authorizer.before(request, once);
      if (!(first instanceof Promise)) return sendWith(request, once, first);
      return first.then((authorization) => sendWith(request, once, authorization));
    };
  };
}

function createAuthorizer(options: AuthenticationOptions, next: Send): Authorizer {
  const { registry, credential, clock, log, newId } = options;
  if (credential.kind === 'bearer') return readyTokenAuthorizer(credential);
  if (credential.kind === 'gitlab-key') return gitlabKeyAuthorizer(credential, clock, newId);
  const ask = createTokenService({ credential, clock, sendToken: options.sendToken });
  const obtainToken = async (route: TokenRoute, signal: AbortSignal): Promise<IssuedToken> => {
    const issued = await ask(route, signal);
    log?.debug(
      { realm: route.realm.host, scopes: route.scopes, lifetimeMs: issued.lifetimeMs },
      'got a token',
    );
    return issued;
  };
  const askVersionCheck = async (requestSignal: AbortSignal | undefined) => {
    const response = await next({
      method: 'GET',
      url: versionCheckUrl(registry),
      headers: {},
      purpose: `ask ${registry.host} how it authenticates`,
      kind: 'ping',
      signal: requestSignal,
    });
    await response.discard();
    const own = response.status === 401 && belongsToRegistry(registry, response.url);
    return own ? challengesOf(response) : [];
  };
  return challengeAuthorizer({ registry, credential, clock, obtainToken, askVersionCheck });
}

function challengesOf(response: HttpResponse) {
  return parseChallenges(response.header('www-authenticate') ?? '');
}

function withAuthorization(request: HttpRequest, authorization: Authorization | null): HttpRequest {
  if (authorization === null) return request;
  return { ...request, headers: { ...request.headers, authorization: authorization.header } };
}

function setRefused(authorization: Authorization | null, refused: boolean): void {
  if (authorization?.token) authorization.token.held.refused = refused;
}
