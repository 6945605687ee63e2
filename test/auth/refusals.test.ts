import { describe, expect, test } from 'vitest';
import { type Credential, identityTokenCredential } from '../../src/auth/credential.ts';
import { TokenError } from '../../src/auth/token-error.ts';
import { TransportError } from '../../src/errors.ts';
import type { Send } from '../../src/http/message.ts';
import { authenticated, fakeClock, get, rejection, statusOf } from './support/harness.ts';
import { PULL, SCOPES, SECRET, TAGS, tokenFlow, user } from './support/token-flow.ts';

const flow = tokenFlow();
const { accepts, challenge, issues, refuses, scoped } = flow;

describe('refusals', () => {
  test('a 401 with a new token is given to the caller after one replay, with its body', async () => {
    flow.registry.expect(refuses(TAGS, null), {
      ...refuses(TAGS, 'Bearer T1', challenge(`,scope="${PULL}",error="invalid_token"`)),
      reply: {
        status: 401,
        headers: challenge(`,scope="${PULL}",error="invalid_token"`),
        body: 'the reason',
      },
    });
    flow.service.expect(issues('T1'));
    const response = await authenticated(
      flow.registry.url,
      user,
      flow.send,
    )(get(flow.registry.url, TAGS, SCOPES));
    expect(response.status).toBe(401);
    expect(response.header('www-authenticate')).toContain('invalid_token');
    expect(Buffer.from(await response.bytes(1000)).toString()).toBe('the reason');
  });

  test('a repository that stays refused costs one request and no token each time', async () => {
    flow.registry.expect(refuses(TAGS, null), { ...refuses(TAGS, 'Bearer T1'), times: 4 });
    flow.service.expect(issues('T1'));
    const authSend = authenticated(flow.registry.url, user, flow.send);
    for (let i = 0; i < 4; i++)
      expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(401);
  });

  test('too small a token is replaced by one with what the challenge asks for', async () => {
    const delete_ = { ...get(flow.registry.url, '/v2/a/b/manifests/x', SCOPES), method: 'DELETE' } as const;
    flow.registry.expect(
      refuses(TAGS, null),
      accepts(TAGS, 'Bearer T1'),
      { ...refuses('/v2/a/b/manifests/x', 'Bearer T1', scoped('repository:a/b:delete')), method: 'DELETE' },
      { ...accepts('/v2/a/b/manifests/x', 'Bearer T2'), method: 'DELETE' },
    );
    flow.service.expect(issues('T1'), {
      ...issues('T2'),
      path: '/token?service=reg&scope=repository%3Aa%2Fb%3Adelete%2Cpull',
    });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    expect(await statusOf(authSend(delete_))).toBe(200);
  });

  test.each([
    [
      401,
      { errors: [{ code: 'UNAUTHORIZED', message: `HTTP Basic: Access denied for ${SECRET}` }] },
      'UNAUTHORIZED',
    ],
    [403, { errors: [{ code: 'DENIED', message: 'access forbidden' }] }, 'DENIED'],
    [400, { error: 'invalid_grant', error_description: 'expired' }, 'invalid_grant'],
    [404, '<html>not here</html>', null],
  ])(
    'a token service that answers %i is an AuthError with what it said',
    async (status, body, code) => {
      flow.registry.expect(refuses(TAGS, null));
      flow.service.expect({ ...issues(''), reply: { status, body } });
      const authSend = authenticated(flow.registry.url, user, flow.send);
      const first = await rejection(authSend(get(flow.registry.url, TAGS, SCOPES)));
      expect(first).toBeInstanceOf(TokenError);
      const error = first as TokenError;
      expect(error.code).toBe('AUTH_REFUSED');
      expect(error.detail).toEqual({
        status,
        challengeError: code,
        realm: new URL(flow.service.url).host,
      });
      expect(error.message).toContain(new URL(flow.service.url).host);
      expect(error.hint).not.toBe('');
      expect(`${error.stack}${error.hint}`).not.toContain(SECRET);
      expect(error.message).not.toContain('html');
      // Remembered: neither the registry nor the service is asked again.
      expect(await rejection(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(error);
    },
    10_000,
  );

  test('a refusal is remembered for a minute', async () => {
    const clock = fakeClock();
    flow.registry.expect({ ...refuses(TAGS, null) }, accepts(TAGS, 'Bearer T1'));
    flow.service.expect({ ...issues(''), reply: { status: 403 } }, issues('T1'));
    const authSend = authenticated(flow.registry.url, user, flow.send, { clock });
    await rejection(authSend(get(flow.registry.url, TAGS, SCOPES)));
    await rejection(authSend(get(flow.registry.url, TAGS, SCOPES)));
    clock.advance(61_000);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
  });

  test.each([
    ['HTML', '<html>'],
    ['an empty object', '{}'],
    ['a list', '[]'],
    ['a number for a token', '{"token": 5}'],
    ['a line break in the token', '{"token": "a\\nb"}'],
    ['an empty token', '{"token": ""}'],
    ['more than 1 MiB', ' '.repeat(1024 * 1024 + 1)],
  ])('a token answer of another shape is an AuthError: %s', async (_name, body) => {
    flow.registry.expect(refuses(TAGS, null));
    flow.service.expect({ ...issues(''), reply: { body } });
    const error = await rejection(
      authenticated(flow.registry.url, user, flow.send)(get(flow.registry.url, TAGS, SCOPES)),
    );
    expect(error).toBeInstanceOf(TokenError);
  });

  test.each([429, 500, 503])('a token service that answers %i has not refused anything', async (status) => {
    flow.registry.expect(refuses(TAGS, null));
    flow.service.expect({ ...issues(''), reply: { status } });
    const error = await rejection(
      authenticated(flow.registry.url, user, flow.send)(get(flow.registry.url, TAGS, SCOPES)),
    );
    expect(error).toBeInstanceOf(TransportError);
  });

  test('a request that is given up does not take the token from the others', async () => {
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    flow.registry.expect({ ...refuses(TAGS, null), times: 2 }, accepts(TAGS, 'Bearer T1'));
    flow.service.expect({
      ...issues('T1'),
      reply: async () => {
        await held;
        return { body: { token: 'T1' } };
      },
    });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    const controller = new AbortController();
    const first = rejection(authSend(get(flow.registry.url, TAGS, { ...SCOPES, signal: controller.signal })));
    const second = statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    await flow.service.seen(1);
    await flow.registry.seen(2);
    controller.abort(new Error('given up'));
    expect(await first).toMatchObject({ message: 'given up' });
    answer();
    expect(await second).toBe(200);
  });

  describe('when the last that waits for a token is given up', () => {
    const never = new Promise<void>(() => undefined);

    /** Asks for a token that does not come, gives up, and tells how the request for it ended. */
    async function giveUp(credential: Credential, answer: Promise<void>) {
      const requests: Promise<unknown>[] = [];
      const sendToken: Send = (request) => {
        const sent = flow.send(request);
        requests.push(sent.catch((error: unknown) => error));
        return sent;
      };
      flow.registry.expect(refuses(TAGS, null));
      flow.service.expect({
        method: credential.kind === 'identity-token' ? 'POST' : 'GET',
        path: (path) => path.startsWith('/token'),
        reply: async () => {
          await answer;
          return { body: { token: 'T1' } };
        },
      });
      const authSend = authenticated(flow.registry.url, credential, flow.send, { sendToken });
      const controller = new AbortController();
      const read = rejection(
        authSend(get(flow.registry.url, TAGS, { ...SCOPES, signal: controller.signal })),
      );
      await flow.service.seen(1);
      controller.abort(new Error('given up'));
      expect(await read).toMatchObject({ message: 'given up' });
      return { authSend, request: requests[0] };
    }

    test('the request for it ends, and the next one asks anew', async () => {
      const { authSend, request } = await giveUp(user, never);
      expect(await request).toMatchObject({ name: 'AbortError' });
      flow.registry.expect(accepts(TAGS, 'Bearer T2'));
      flow.service.expect(issues('T2'));
      expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
    });

    test('one that may hold a new refresh token is heard out', async () => {
      let answer = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const { request } = await giveUp(identityTokenCredential({ token: SECRET, source: 'test' }), held);
      answer();
      expect(await request).toMatchObject({ status: 200 });
    });
  });
});
