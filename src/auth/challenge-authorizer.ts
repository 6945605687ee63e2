import type { HttpRequest } from '../http/message.ts';
import { type Authorization, type Authorizer, mayRenew } from './authorizer.ts';
import { type Challenge, findChallenge } from './challenge.ts';
import { mergeScopes, scopesOfChallenge } from './scope.ts';
import { createTokenCache, type Now } from './token-cache.ts';
import { checkRealm } from './token-realm.ts';
import {
  basicAuthorization,
  type ObtainToken,
  type TokenRoute,
  type TokenServiceCredential,
} from './token-service.ts';

/** What the registry's challenges have taught so far. */
type Learnt =
  | { kind: 'nothing' }
  | { kind: 'basic' }
  | { kind: 'bearer'; realm: URL; service: string | null };

// Bounds memory; a route that is forgotten costs one more 401.
const MOST_ROUTES = 1_000;

/**
 * Does as the registry's challenge says: basic authentication, or a token from the token service it names.
 * A Bearer challenge is preferred to a Basic one beside it.
 *
 * @param askVersionCheck the challenges of the registry's `/v2/`, asked without credentials; used before a
 *   request that can be sent only once
 */
export function challengeAuthorizer(options: {
  registry: URL;
  credential: TokenServiceCredential;
  clock: Now;
  obtainToken: ObtainToken;
  askVersionCheck: (signal: AbortSignal | undefined) => Promise<Challenge[]>;
}): Authorizer {
  const { registry, credential, obtainToken } = options;
  const cache = createTokenCache(options.clock);
  const routes = new Map<string, TokenRoute>();
  let learnt: Learnt = { kind: 'nothing' };
  let versionCheckDone = false;

  /** Takes in the challenges; gives the route to a token for the request, if one is asked for. */
  const learn = (challenges: readonly Challenge[], own: readonly string[]): TokenRoute | null => {
    const bearer = findChallenge(challenges, 'bearer');
    const realmText = bearer?.params.realm;
    if (bearer === undefined || realmText === undefined) {
      if (findChallenge(challenges, 'basic') && credential.kind === 'basic') learnt = { kind: 'basic' };
      return null;
    }
    const realm = checkRealm(realmText, registry, credential.kind !== 'anonymous');
    const service = bearer.params.service ?? null;
    learnt = { kind: 'bearer', realm, service };
    const asked = scopesOfChallenge(bearer.params.scope);
    const route = { realm, service, scopes: mergeScopes([...own, ...asked]) };
    // A request without scopes of its own says nothing about the next one without.
    if (own.length > 0 || route.scopes.length === 0) {
      routes.set(own.join(' '), route);
      const [oldest] = routes.keys();
      if (routes.size > MOST_ROUTES && oldest !== undefined) routes.delete(oldest);
    }
    return route;
  };

  const withToken = async (route: TokenRoute, request: HttpRequest): Promise<Authorization> => {
    const key = keyOf(route);
    const got = await cache.get(key, (signal) => obtainToken(route, signal), request.signal);
    return { header: `Bearer ${got.held.token}`, token: { key, ...got } };
  };
  const withBasic = (): Authorization | null =>
    credential.kind === 'basic' ? { header: basicAuthorization(credential) } : null;

  return {
    before(request, once) {
      if (once && learnt.kind === 'nothing' && !versionCheckDone) {
        return options.askVersionCheck(request.signal).then((challenges) => {
          learn(challenges, []);
          versionCheckDone = true;
          return this.before(request, once);
        });
      }
      if (learnt.kind === 'nothing') return null;
      if (learnt.kind === 'basic') return withBasic();
      const own = mergeScopes(request.scopes ?? []);
      const known = routes.get(own.join(' '));
      if (known !== undefined) return withToken(known, request);
      // Without scopes the challenge must say which are needed; some services refuse an anonymous empty set.
      if (own.length === 0 && !once) return null;
      return withToken({ realm: learnt.realm, service: learnt.service, scopes: own }, request);
    },

    async after(request, refused, challenges) {
      const route = learn(challenges, mergeScopes(request.scopes ?? []));
      if (route === null) {
        const basic = findChallenge(challenges, 'basic') ? withBasic() : null;
        return basic?.header === refused?.header ? null : basic;
      }
      if (refused?.token?.key === keyOf(route)) {
        if (!mayRenew(refused)) return null;
        cache.drop(refused.token.key, refused.token.held);
      }
      return withToken(route, request);
    },
  };
}

function keyOf(route: TokenRoute): string {
  return JSON.stringify([route.realm.href, route.service, route.scopes]);
}
