import { isLoopback } from './registry-origin.ts';
import { TokenError } from './token-error.ts';

/**
 * The token service a challenge names, if it may be asked.
 *
 * - A registry behind https must name an https realm, on whatever host: GitLab's is on the web host, and this
 *   is the one other host that gets the credential, as with every client.
 * - A registry over plain http may name an https realm; a plain http one only on its own host, when both are on
 *   this machine, or when there is no credential to send.
 *
 * @param carriesSecret whether a password or an identity token would be sent
 * @throws TokenError when the realm is no such URL
 */
export function checkRealm(realm: string, registry: URL, carriesSecret: boolean): URL {
  const refuse = (reason: string, host: string, hint: string) =>
    new TokenError(
      `the registry ${registry.host} names a token service that ${reason}`,
      { status: null, challengeError: null, realm: host },
      { hint },
    );
  const url = URL.canParse(realm) ? new URL(realm) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    const hint = 'Set `auth.token.realm` of the registry to the https URL of the token service.';
    throw refuse('is not an http or https URL', 'unknown', hint);
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('has user info in its URL', url.host, 'Remove it from `auth.token.realm` of the registry.');
  }
  url.hash = '';
  if (url.protocol === 'https:') return url;
  const hint =
    'Have the registry name its token service by https (`auth.token.realm`; in gitlab.rb `external_url`), or ' +
    'give a ready token or the registry signing key instead of a password.';
  if (registry.protocol === 'https:') {
    throw refuse(`is plain http (${url.host}) although the registry is https`, url.host, hint);
  }
  const sameMachine = isLoopback(url.hostname) && isLoopback(registry.hostname);
  if (carriesSecret && !sameMachine && url.hostname !== registry.hostname) {
    throw refuse(`is another host by plain http (${url.host})`, url.host, hint);
  }
  return url;
}
