import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { anonymousCredential, bearerCredential, identityTokenCredential } from '../../src/auth/credential.ts';
import type { Expectation } from '../support/scripted-server.ts';
import { authenticated, get, statusOf } from './support/harness.ts';
import { BASIC, SCOPES, SECRET, TAGS, tokenFlow, user } from './support/token-flow.ts';

const flow = tokenFlow();
const { accepts, challenge, issues, refuses, scoped } = flow;

describe('basic and ready tokens', () => {
  const basicHeaders = { 'www-authenticate': 'Basic realm="x"' };

  test('basic only after the registry asked for it, then at once', async () => {
    flow.registry.expect(refuses(TAGS, null, basicHeaders), accepts(TAGS, BASIC, 2));
    const authSend = authenticated(flow.registry.url, user, flow.send);
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
  });

  test('a wrong password is sent once, and its 401 is the answer', async () => {
    flow.registry.expect(refuses(TAGS, null, basicHeaders), {
      ...refuses(TAGS, BASIC, basicHeaders),
      times: 2,
    });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS)))).toBe(401);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS)))).toBe(401);
  });

  test.each([
    ['nobody', anonymousCredential()],
    ['an identity token', identityTokenCredential({ token: SECRET, source: 'test' })],
  ])('a registry that wants basic gives 401 to %s', async (_name, credential) => {
    flow.registry.expect(refuses(TAGS, null, basicHeaders));
    expect(
      await statusOf(authenticated(flow.registry.url, credential, flow.send)(get(flow.registry.url, TAGS))),
    ).toBe(401);
  });

  test('Bearer is preferred, the password goes to the token service only', async () => {
    const both = { 'www-authenticate': `Basic realm="x", ${scoped()['www-authenticate']}` };
    flow.registry.expect(refuses(TAGS, null, both), accepts(TAGS, 'Bearer T1'));
    flow.service.expect(issues('T1'));
    expect(
      await statusOf(authenticated(flow.registry.url, user, flow.send)(get(flow.registry.url, TAGS, SCOPES))),
    ).toBe(200);
  });

  test('a ready token goes with everything and is never exchanged', async () => {
    flow.registry.expect(accepts(TAGS, `Bearer ${SECRET}`), refuses('/v2/x', `Bearer ${SECRET}`));
    const credential = bearerCredential({ token: SECRET, source: 'test' });
    const authSend = authenticated(flow.registry.url, credential, flow.send);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS)))).toBe(200);
    expect(await statusOf(authSend(get(flow.registry.url, '/v2/x')))).toBe(401);
  });
});

describe('bodies', () => {
  const upload = (body: Readable | Uint8Array) =>
    ({
      ...get(flow.registry.url, '/v2/a/b/blobs/uploads/1', { scopes: ['repository:a/b:pull,push'] }),
      method: 'PATCH',
      body,
    }) as const;
  const pushToken = { ...issues('T1'), path: '/token?service=reg&scope=repository%3Aa%2Fb%3Apull%2Cpush' };

  test('a stream is sent once, with a token got beforehand', async () => {
    flow.registry.expect(refuses('/v2/', null, challenge()), {
      method: 'PATCH',
      path: '/v2/a/b/blobs/uploads/1',
      headers: { authorization: 'Bearer T1' },
      times: 2,
      reply: ({ body }) => ({ status: 202, body }),
    });
    flow.service.expect(pushToken);
    const authSend = authenticated(flow.registry.url, user, flow.send);
    for (let i = 0; i < 2; i++) {
      const response = await authSend(upload(Readable.from([Buffer.from('he'), Buffer.from('llo')])));
      expect(Buffer.from(await response.bytes(99)).toString()).toBe('hello');
    }
  });

  test('a stream to an open registry needs no token', async () => {
    flow.registry.expect(accepts('/v2/', null), {
      method: 'PATCH',
      path: '/v2/a/b/blobs/uploads/1',
      times: 2,
      reply: { status: 202 },
    });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    for (let i = 0; i < 2; i++)
      expect(await statusOf(authSend(upload(Readable.from([Buffer.from('x')]))))).toBe(202);
  });

  test('bytes are sent again after a 401, a stream never', async () => {
    const refused: Expectation = {
      method: 'PATCH',
      path: '/v2/a/b/blobs/uploads/1',
      headers: { authorization: null },
      reply: { status: 401, headers: scoped('repository:a/b:push') },
    };
    flow.registry.expect(
      refused,
      { ...refused, headers: { authorization: 'Bearer T1' }, reply: ({ body }) => ({ status: 202, body }) },
      { ...refused, headers: { authorization: 'Bearer T1' } },
    );
    flow.service.expect(pushToken, { ...pushToken, times: 'any' });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    const response = await authSend(upload(Buffer.from('hello')));
    expect(Buffer.from(await response.bytes(99)).toString()).toBe('hello');
    expect(await statusOf(authSend(upload(Readable.from([Buffer.from('x')]))))).toBe(401);
  });
});
