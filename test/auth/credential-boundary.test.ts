import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  basicCredential,
  bearerCredential,
  type Credential,
  gitlabKeyCredential,
  identityTokenCredential,
} from '../../src/auth/credential.ts';
import { TokenError } from '../../src/auth/token-error.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { authenticated, get, realSend, rejection, statusOf } from './support/harness.ts';

const SECRET = 'planted-secret-4711';
const BASIC = `Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`;
const user = basicCredential({ username: 'user', password: SECRET, source: 'test' });
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const everyKind: [string, Credential][] = [
  ['basic', user],
  ['ready token', bearerCredential({ token: SECRET, source: 'test' })],
  ['identity token', identityTokenCredential({ token: SECRET, source: 'test' })],
  ['GitLab key', gitlabKeyCredential({ key: privateKey, issuer: 'i', service: 's', source: 'test' })],
];

describe('no credential reaches another origin', () => {
  let registry: ScriptedServer;
  let other: ScriptedServer;
  let transport: ReturnType<typeof realSend>;
  beforeEach(async () => {
    // Whatever comes here must come without a credential; anything else fails the test.
    registry = await startScriptedServer();
    other = await startScriptedServer();
    transport = realSend();
  });
  afterEach(async () => {
    await transport.close();
    await Promise.all([registry.close(), other.close()]);
    registry.assertDone();
    other.assertDone();
    for (const { headers, path, body } of other.requests) {
      expect(headers.authorization).toBeUndefined();
      expect(`${path}${body}`).not.toContain(SECRET);
    }
  });

  test.each(everyKind)(
    '%s: a URL from elsewhere, and its challenge, are left alone',
    async (_name, credential) => {
      other.expect({
        method: 'GET',
        path: '/v2/',
        reply: {
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="${other.url}/token", Basic realm="x"` },
        },
      });
      const authSend = authenticated(registry.url, credential, transport.send);
      expect(await statusOf(authSend(get(other.url, '/v2/')))).toBe(401);
    },
  );

  test.each(everyKind)(
    '%s: a redirect loses it, and a challenge after a redirect is not answered',
    async (_name, credential) => {
      registry.expect({
        method: 'GET',
        path: '/v2/a/blobs/x',
        reply: { status: 307, headers: { location: `${other.url}/stored` } },
      });
      other.expect({
        method: 'GET',
        path: '/stored',
        reply: {
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="${other.url}/token", Basic realm="x"` },
        },
      });
      const authSend = authenticated(registry.url, credential, transport.send);
      expect(await statusOf(authSend(get(registry.url, '/v2/a/blobs/x')))).toBe(401);
    },
  );

  test('outside the path prefix of the registry nothing is sent', async () => {
    registry.expect({
      method: 'GET',
      path: '/v2/',
      headers: { authorization: null },
      reply: { status: 401 },
    });
    const authSend = authenticated(
      `${registry.url}/reg`,
      bearerCredential({ token: SECRET, source: 'test' }),
      transport.send,
    );
    expect(await statusOf(authSend(get(registry.url, '/v2/')))).toBe(401);
  });

  test('a token service that redirects to another origin does not pass the password on', async () => {
    registry.expect({
      method: 'GET',
      path: '/v2/',
      reply: { status: 401, headers: { 'www-authenticate': `Bearer realm="${registry.url}/token"` } },
    });
    registry.expect({
      method: 'GET',
      path: '/token',
      headers: { authorization: BASIC },
      reply: { status: 302, headers: { location: `${other.url}/token` } },
    });
    other.expect({ method: 'GET', path: '/token', reply: { status: 401 } });
    const authSend = authenticated(registry.url, user, transport.send);
    expect(await rejection(authSend(get(registry.url, '/v2/')))).toBeInstanceOf(TokenError);
  });

  test('nor is a POST with an identity token repeated there', async () => {
    registry.expect({
      method: 'GET',
      path: '/v2/',
      reply: { status: 401, headers: { 'www-authenticate': `Bearer realm="${registry.url}/token"` } },
    });
    registry.expect({
      method: 'POST',
      path: '/token',
      reply: { status: 307, headers: { location: `${other.url}/token` } },
    });
    const credential = identityTokenCredential({ token: SECRET, source: 'test' });
    const authSend = authenticated(registry.url, credential, transport.send);
    expect(await rejection(authSend(get(registry.url, '/v2/')))).toBeInstanceOf(TokenError);
  });
});

describe('a registry behind https', () => {
  const directory = makeTempDir('auth-tls');
  let ca = '';
  let registry: ScriptedServer;
  let plain: ScriptedServer;
  let secure: ScriptedServer;
  let transport: ReturnType<typeof realSend>;
  beforeAll(async () => {
    const authority = makeAuthority(directory);
    const { keyFile, certFile } = makeCertificate(directory, authority);
    const tls = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
    ca = readFileSync(authority.certFile, 'utf8');
    registry = await startScriptedServer([], tls);
    secure = await startScriptedServer([], tls);
    plain = await startScriptedServer();
    transport = realSend(ca);
  });
  afterAll(async () => {
    await transport.close();
    await Promise.all([registry.close(), plain.close(), secure.close()]);
    registry.assertDone();
    plain.assertDone();
    secure.assertDone();
  });

  const challengeOnce = (realm: string) =>
    registry.expect({
      method: 'GET',
      path: '/v2/',
      headers: { authorization: null },
      reply: { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } },
    });

  test('sends nothing at all to a token service over plain http', async () => {
    challengeOnce(`${plain.url}/token`);
    const error = await rejection(
      authenticated(registry.url, user, transport.send)(get(registry.url, '/v2/')),
    );
    expect(error).toBeInstanceOf(TokenError);
    expect(error).toMatchObject({ detail: { status: null }, hint: expect.stringContaining('https') });
    expect(plain.connections()).toBe(0);
  });

  test('sends the password to a token service on another https origin', async () => {
    challengeOnce(`${secure.url}/token`);
    secure.expect({
      method: 'GET',
      path: '/token',
      headers: { authorization: BASIC },
      reply: { body: { token: 'T1' } },
    });
    registry.expect({ method: 'GET', path: '/v2/', headers: { authorization: 'Bearer T1' }, reply: {} });
    expect(await statusOf(authenticated(registry.url, user, transport.send)(get(registry.url, '/v2/')))).toBe(
      200,
    );
  });
});
