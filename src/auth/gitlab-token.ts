import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { UsageError } from '../errors.ts';
import { mergeScopes, parseScope } from './scope.ts';
import type { IssuedToken } from './token-cache.ts';

const LIFETIME_S = 5 * 60;
// Issued a little in the past, as GitLab does with `nbf`, so that a registry whose clock is some seconds
// behind does not take the token for one from the future. More would hide a clock that is really wrong.
const BACKDATED_S = 5;
const FEWEST_MODULUS_BITS = 2048;
const WRITE_ACTIONS = ['pull', 'push', 'delete'];

/** One entry of the `access` claim (Distribution token specification). */
export type AccessEntry = {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
};

/**
 * Reads the registry's signing key (`gitlab-registry.key`).
 * @throws UsageError, in one line and without the content, for anything but an unencrypted RSA private key of
 *   2048 bits or more
 */
export function loadGitlabKey(pem: string): KeyObject {
  const hint = "It is the file that `registry['internal_key']` or `gitlab_rails['registry_key_path']` names.";
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw new UsageError('the GitLab registry key is protected by a passphrase', { hint });
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    const instead = /-----BEGIN (CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----/.exec(pem)?.[1]?.toLowerCase();
    const found = instead === undefined ? 'no private key in PEM form' : `a ${instead}, no private key`;
    throw new UsageError(`the GitLab registry key is ${found}`, { hint });
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw new UsageError(`the GitLab registry key is an ${key.asymmetricKeyType} key, not an RSA key`, {
      hint,
    });
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < FEWEST_MODULUS_BITS) {
    throw new UsageError(`the GitLab registry key has ${bits} bits; RS256 needs ${FEWEST_MODULUS_BITS}`, {
      hint,
    });
  }
  return key;
}

/**
 * The key id that Distribution (libtrust) finds a key by: SHA-256 of the DER public key, its first 30 bytes
 * in base32, a colon after every 4 characters (`docs/facts.md` §8, measured on 2.8.2).
 */
export function gitlabKeyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(der).digest().subarray(0, 30);
  return (base32(hash).match(/.{4}/g) ?? []).join(':');
}

/**
 * The rights for a set of scopes: a scope that only reads gets `pull`; one that writes (push, delete or `*`)
 * gets pull, push and delete, as Geo's own; the catalog gets `*`. Merged per resource, sorted by bytes.
 */
export function accessForScopes(scopes: readonly string[]): AccessEntry[] {
  return mergeScopes(scopes).flatMap((text) => {
    const scope = parseScope(text);
    if (scope === null) return [];
    if (scope.type !== 'repository') return [scope];
    const writes = scope.actions.some((action) => action !== 'pull');
    return [{ ...scope, actions: writes ? WRITE_ACTIONS : ['pull'] }];
  });
}

/**
 * Signs a token as GitLab signs its own for Geo: RS256 with the registry's key, valid for 5 minutes.
 * @param options.now milliseconds since the epoch
 * @param options.id the `jti`, unique for each token
 */
export async function signGitlabToken(options: {
  key: KeyObject;
  issuer: string;
  service: string;
  scopes: readonly string[];
  now: number;
  id: string;
}): Promise<IssuedToken> {
  const now = Math.floor(options.now / 1000);
  const claims = {
    iss: options.issuer,
    aud: options.service,
    // Shows in the registry's log as the user.
    sub: 'geo-registry-audit',
    iat: now - BACKDATED_S,
    nbf: now - BACKDATED_S,
    exp: now + LIFETIME_S,
    jti: options.id,
    access: accessForScopes(options.scopes),
  };
  // A tenth of a second of a run's start, for those that have the key alone.
  const { SignJWT } = await import('jose');
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: gitlabKeyId(options.key) })
    .sign(options.key);
  return { token, issuedAt: options.now, lifetimeMs: LIFETIME_S * 1000 };
}

/** RFC 4648 base32 without padding. */
function base32(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((buffer >> bits) & 31);
    }
  }
  return bits > 0 ? text + alphabet.charAt((buffer << (5 - bits)) & 31) : text;
}
