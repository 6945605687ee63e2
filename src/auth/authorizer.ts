import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../http/message.ts';
import type { Challenge } from './challenge.ts';
import type { BearerCredential, GitlabKeyCredential } from './credential.ts';
import { signGitlabToken } from './gitlab-token.ts';
import { mergeScopes } from './scope.ts';
import { createTokenCache, type HeldToken, type Now } from './token-cache.ts';

/** What goes into a request's `Authorization` header. */
export type Authorization = {
  readonly header: string;
  /** For a token that can be had anew: its cache key, itself, and whether it was obtained for this very request. */
  readonly token?: { readonly key: string; readonly held: HeldToken; readonly fresh: boolean };
};

/** One way of getting in: what to send at first, and what to send after a 401. */
export type Authorizer = {
  /**
   * The authorization to send a request with; null for none. At once where nothing has to be asked for: a promise
   * for each of a million requests is felt.
   * @param once the request cannot be sent again, so all that is needed must be had now
   */
  before(request: HttpRequest, once: boolean): Promise<Authorization | null> | Authorization | null;
  /**
   * The authorization to send it with again after a 401; null when there is no other to try.
   * @param refused what was sent
   */
  after(
    request: HttpRequest,
    refused: Authorization | null,
    challenges: readonly Challenge[],
  ): Promise<Authorization | null>;
};

/** Sends a ready token with everything; nothing can be done about a 401. */
export function readyTokenAuthorizer(credential: BearerCredential): Authorizer {
  const authorization = { header: `Bearer ${credential.token}` };
  return {
    before: () => authorization,
    after: async () => null,
  };
}

/**
 * Signs tokens with GitLab's registry key. Only the request's own scopes go into one, never the challenge's:
 * a registry must not be able to ask for more rights than reading what is being read, since the key opens the
 * registries of all sites.
 */
export function gitlabKeyAuthorizer(
  credential: GitlabKeyCredential,
  clock: Now,
  newId: () => string = randomUUID,
): Authorizer {
  const cache = createTokenCache(clock);
  const authorize = async (request: HttpRequest): Promise<Authorization> => {
    const scopes = mergeScopes(request.scopes ?? []);
    const key = scopes.join(' ');
    const { issuer, service } = credential;
    const got = await cache.get(
      key,
      () => signGitlabToken({ key: credential.key, issuer, service, scopes, now: clock.now(), id: newId() }),
      request.signal,
    );
    return { header: `Bearer ${got.held.token}`, token: { key, ...got } };
  };
  return {
    before: authorize,
    async after(request, refused) {
      if (!mayRenew(refused)) return null;
      if (refused?.token) cache.drop(refused.token.key, refused.token.held);
      return authorize(request);
    },
  };
}

/**
 * Whether another token of the same key may help after a 401: not if the refused one was just made, nor if a
 * new one was refused before it.
 */
export function mayRenew(refused: Authorization | null): boolean {
  const token = refused?.token;
  return token !== undefined && !token.fresh && !token.held.refused;
}
