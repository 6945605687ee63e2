import type { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { UsageError } from '../errors.ts';

/** What every credential shows of itself: where it came from, in words fit for the report's `options`. */
type Described = {
  /** Where it came from, e.g. `flag --primary-password-file` or `~/.docker/config.json auths`; never the secret. */
  readonly source: string;
};

/** No credential was given or found. */
export type AnonymousCredential = Described & { readonly kind: 'anonymous' };
/** A user name with a password or a personal, project, group or deploy token. */
export type BasicCredential = Described & {
  readonly kind: 'basic';
  readonly username: string;
  readonly password: string;
};
/** A ready bearer token, sent as it is and never renewed. */
export type BearerCredential = Described & { readonly kind: 'bearer'; readonly token: string };
/** An OAuth2 refresh token from `docker login`, exchanged for access tokens at the token service. */
export type IdentityTokenCredential = Described & {
  readonly kind: 'identity-token';
  readonly token: string;
  readonly username?: string;
};
/** The registry's signing key: tokens are made here, exactly as GitLab Geo makes them. */
export type GitlabKeyCredential = Described & {
  readonly kind: 'gitlab-key';
  readonly key: KeyObject;
  readonly issuer: string;
  readonly service: string;
};

/**
 * How a site is entered. Made by the functions below, which hide the secrets: they can be read by name but
 * are not enumerable, so neither `JSON.stringify`, `util.inspect`, a spread nor a logger shows them.
 */
export type Credential =
  | AnonymousCredential
  | BasicCredential
  | BearerCredential
  | IdentityTokenCredential
  | GitlabKeyCredential;

/** The part of a credential that may be shown. */
export type CredentialDescription = {
  readonly kind: Credential['kind'];
  readonly source: string;
  readonly username?: string;
};

/** The way in without a credential. */
export function anonymousCredential(source = 'none found'): AnonymousCredential {
  return withHidden({ kind: 'anonymous', source }, {});
}

/**
 * User name and password.
 * @throws UsageError when HTTP basic authentication cannot carry the user name (RFC 7617: no colon, no controls)
 */
export function basicCredential(parts: {
  username: string;
  password: string;
  source: string;
}): BasicCredential {
  if (/[:\p{Cc}]/u.test(parts.username)) {
    throw new UsageError(`the user name from ${parts.source} holds a colon or a control character`);
  }
  const { password, ...shown } = parts;
  return withHidden({ kind: 'basic', ...shown }, { password });
}

/**
 * A ready bearer token.
 * @throws UsageError when a header cannot carry it: empty, white space or anything but visible ASCII
 */
export function bearerCredential(parts: { token: string; source: string }): BearerCredential {
  requireVisible(parts.token, parts.source);
  return withHidden({ kind: 'bearer', source: parts.source }, { token: parts.token });
}

/**
 * An identity (refresh) token.
 * @throws UsageError when it is empty or holds white space
 */
export function identityTokenCredential(parts: {
  token: string;
  source: string;
  username?: string;
}): IdentityTokenCredential {
  requireVisible(parts.token, parts.source);
  const { token, ...shown } = parts;
  return withHidden({ kind: 'identity-token', ...shown }, { token });
}

/** GitLab's registry signing key with the issuer and service the registry expects; the key from `loadGitlabKey`. */
export function gitlabKeyCredential(parts: {
  key: KeyObject;
  issuer: string;
  service: string;
  source: string;
}): GitlabKeyCredential {
  const { key, ...shown } = parts;
  return withHidden({ kind: 'gitlab-key', ...shown }, { key });
}

/** The kind, source and user name of a credential, for reports and logs. */
export function describeCredential(credential: Credential): CredentialDescription {
  const username = 'username' in credential ? credential.username : undefined;
  return {
    kind: credential.kind,
    source: credential.source,
    ...(username === undefined ? {} : { username }),
  };
}

function requireVisible(token: string, source: string): void {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(`the token from ${source} is empty or holds characters that a header cannot carry`);
  }
}

function withHidden<Shown extends Described & { kind: Credential['kind'] }, Hidden extends object>(
  shown: Shown,
  hidden: Hidden,
): Shown & Hidden {
  const credential: Shown & Hidden = Object.assign({ ...shown }, hidden);
  for (const name of Object.keys(hidden)) Object.defineProperty(credential, name, { enumerable: false });
  const describe = () => describeCredential(credential as unknown as Credential);
  Object.defineProperty(credential, 'toJSON', { value: describe });
  // Node's inspect shows non-enumerable properties with `showHidden`, hence its own hook.
  Object.defineProperty(credential, inspect.custom, { value: describe });
  return Object.freeze(credential);
}
