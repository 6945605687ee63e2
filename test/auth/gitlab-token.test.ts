import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessForScopes, gitlabKeyId, loadGitlabKey, signGitlabToken } from '../../src/auth/gitlab-token.ts';
import { UsageError } from '../../src/errors.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test('a token is signed and has the claims of GitLab', async () => {
  const now = 1_763_000_000_500;
  const issued = await signGitlabToken({
    key: loadGitlabKey(pem),
    issuer: 'omnibus-gitlab-issuer',
    service: 'container_registry',
    scopes: ['repository:group/project:pull'],
    now,
    id: 'the-id',
  });
  expect(issued).toMatchObject({ issuedAt: now, lifetimeMs: 300_000 });
  expect(decodeProtectedHeader(issued.token)).toEqual({
    alg: 'RS256',
    typ: 'JWT',
    kid: gitlabKeyId(privateKey),
  });
  const { payload } = await jwtVerify(issued.token, publicKey, { currentDate: new Date(now) });
  expect(payload).toEqual({
    iss: 'omnibus-gitlab-issuer',
    aud: 'container_registry',
    sub: 'geo-registry-audit',
    iat: 1_762_999_995,
    nbf: 1_762_999_995,
    exp: 1_763_000_300,
    jti: 'the-id',
    access: [{ type: 'repository', name: 'group/project', actions: ['pull'] }],
  });
});

test('the key id is the base32 of 30 bytes of the SHA-256 of the public key', () => {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const hash = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der }).subarray(0, 30);
  // 240 bits are 48 digits of base 32, only the alphabet differs.
  const digits = BigInt(`0x${hash.toString('hex')}`)
    .toString(32)
    .padStart(48, '0');
  const encoded = [...digits]
    .map((digit) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(digit, 32)])
    .join('');
  expect(gitlabKeyId(privateKey)).toBe(encoded.match(/.{4}/g)?.join(':'));
  expect(gitlabKeyId(privateKey)).toMatch(/^(?:[A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
});

describe('accessForScopes', () => {
  const repository = (name: string, actions: string[]) => ({ type: 'repository', name, actions });
  test.each([
    ['nothing', [], []],
    ['reading', ['repository:a:pull'], [repository('a', ['pull'])]],
    ['pushing', ['repository:a:pull,push'], [repository('a', ['pull', 'push', 'delete'])]],
    ['deleting', ['repository:a:delete'], [repository('a', ['pull', 'push', 'delete'])]],
    ['everything', ['repository:a:*'], [repository('a', ['pull', 'push', 'delete'])]],
    ['the catalog', ['registry:catalog:*'], [{ type: 'registry', name: 'catalog', actions: ['*'] }]],
    [
      'writing one, reading another',
      ['repository:b:pull', 'repository:a:push', 'repository:a:pull'],
      [repository('a', ['pull', 'push', 'delete']), repository('b', ['pull'])],
    ],
  ])('%s', (_name, scopes, expected) => {
    expect(accessForScopes(scopes)).toEqual(expected);
  });
});

describe('loadGitlabKey', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
  const passphrase = 'x';
  test.each([
    ['PKCS#8', pem],
    ['PKCS#1', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['with text around it', `key of the registry\n${pem}\n`],
  ])('takes an RSA private key: %s', (_name, text) => {
    expect(loadGitlabKey(text).asymmetricKeyType).toBe('rsa');
  });

  test.each([
    ['an empty file', '', 'no private key'],
    ['rubbish', 'secret rubbish 4711', 'no private key'],
    ['half a key', pem.slice(0, 600), 'no private key'],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'public key'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', 'certificate'],
    ['an EC key', ec.export(pkcs8).toString(), 'ec key'],
    ['an RSA-PSS key', pss.export(pkcs8).toString(), 'rsa-pss key'],
    ['a short key', small.export(pkcs8).toString(), '1024 bits'],
    [
      'a PKCS#8 key with a passphrase',
      privateKey.export({ ...pkcs8, cipher: 'aes-128-cbc', passphrase }).toString(),
      'passphrase',
    ],
    [
      'a PKCS#1 key with a passphrase',
      privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase }).toString(),
      'passphrase',
    ],
  ])('refuses in one line: %s', (_name, text, expected) => {
    let error: unknown;
    try {
      loadGitlabKey(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    const { message } = error as UsageError;
    expect(message).toContain(expected);
    expect(message).not.toMatch(/\n|4711|MII/);
  });
});
