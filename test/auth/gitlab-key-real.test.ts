import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { challengeError } from '../../src/auth/challenge.ts';
import { gitlabKeyCredential } from '../../src/auth/credential.ts';
import { loadGitlabKey } from '../../src/auth/gitlab-token.ts';
import type { Send } from '../../src/http/message.ts';
import { makeAuthority } from '../support/certificates.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { authenticated, fakeClock, get, realSend, statusOf } from './support/harness.ts';

const ISSUER = 'omnibus-gitlab-issuer';
const SERVICE = 'container_registry';
const PULL = { scopes: ['repository:group/project:pull'] };
const PUSH = { scopes: ['repository:group/project:pull,push'] };

describeReal('a registry that trusts the signing key (Distribution, auth.token)', () => {
  const directory = makeTempDir('auth-real');
  const right = makeAuthority(directory, 'right');
  const wrong = makeAuthority(directory, 'wrong');
  let registry: RealRegistry;
  let transport: ReturnType<typeof realSend>;

  beforeAll(async () => {
    transport = realSend();
    registry = await startRealRegistry({
      token: {
        realm: 'http://127.0.0.1:9/jwt/auth',
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: right.certFile,
      },
    });
  });
  afterAll(async () => {
    await transport.close();
    await registry?.stop();
  });

  const sendWith = (
    change: { keyFile?: string; issuer?: string; service?: string; offsetMs?: number } = {},
  ): Send => {
    const key = loadGitlabKey(readFileSync(change.keyFile ?? right.keyFile, 'utf8'));
    const { issuer = ISSUER, service = SERVICE, offsetMs = 0 } = change;
    return authenticated(
      registry.url,
      gitlabKeyCredential({ key, issuer, service, source: 'test' }),
      transport.send,
      { clock: fakeClock(Date.now() + offsetMs) },
    );
  };

  test('the right key opens /v2/, the catalog, reading, pushing and deleting', async () => {
    const send = sendWith();
    expect(await statusOf(send(get(registry.url, '/v2/')))).toBe(200);
    expect(await statusOf(send(get(registry.url, '/v2/_catalog', { scopes: ['registry:catalog:*'] })))).toBe(
      200,
    );

    const config = Buffer.from('{}');
    const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
    const started = await send({
      ...get(registry.url, '/v2/group/project/blobs/uploads/', PUSH),
      method: 'POST',
    });
    expect(started.status).toBe(202);
    await started.discard();
    const upload = new URL(started.header('location') ?? '', registry.url);
    upload.searchParams.set('digest', digest);
    const put = { method: 'PUT', purpose: 'push', ...PUSH } as const;
    const blobHeaders = { 'content-type': 'application/octet-stream' };
    expect(await statusOf(send({ ...put, url: upload, headers: blobHeaders, body: config }))).toBe(201);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
        layers: [],
      }),
    );
    const url = new URL('/v2/group/project/manifests/v1', registry.url);
    expect(
      await statusOf(send({ ...put, url, headers: { 'content-type': mediaType }, body: manifest })),
    ).toBe(201);

    const tags = await send(get(registry.url, '/v2/group/project/tags/list', PULL));
    expect(JSON.parse(Buffer.from(await tags.bytes(1000)).toString())).toEqual({
      name: 'group/project',
      tags: ['v1'],
    });
    const manifestDigest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
    const byDigest = get(registry.url, `/v2/group/project/manifests/${manifestDigest}`, {
      scopes: ['repository:group/project:delete'],
    });
    expect(await statusOf(send({ ...byDigest, method: 'DELETE' }))).toBe(202);
  });

  test('a token for reading cannot push, and the registry says so', async () => {
    const upload = get(registry.url, '/v2/group/project/blobs/uploads/', PULL);
    const response = await sendWith()({ ...upload, method: 'POST' });
    await response.discard();
    expect(response.status).toBe(401);
    expect(challengeError(response.header('www-authenticate'))).toBe('insufficient_scope');
  });

  test.each([
    ['another issuer', { issuer: 'gitlab-issuer' }, 'untrusted issuer'],
    ['another key', { keyFile: wrong.keyFile }, 'token signed by untrusted key'],
    ['another service', { service: 'dependency_proxy' }, 'token intended for another audience'],
    ['a clock 10 minutes ahead', { offsetMs: 600_000 }, 'not to be used before'],
    ['a clock 10 minutes behind', { offsetMs: -600_000 }, 'not to be used after'],
  ])('refuses %s with 401 invalid_token', async (_name, change, logged) => {
    const response = await sendWith(change)(get(registry.url, '/v2/group/project/tags/list', PULL));
    await response.discard();
    expect(response.status).toBe(401);
    expect(challengeError(response.header('www-authenticate'))).toBe('invalid_token');
    // The log comes by another pipe than the answer.
    await expect.poll(() => registry.logs().includes(logged)).toBe(true);
  });
});
