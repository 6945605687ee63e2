import { describe, expect, test } from 'vitest';
import { anonymousCredential, identityTokenCredential } from '../../src/auth/credential.ts';
import { TransportError } from '../../src/errors.ts';
import { authenticated, fakeClock, get, rejection, statusOf } from './support/harness.ts';
import { PULL, SCOPES, TAGS, tokenFlow, user } from './support/token-flow.ts';

const flow = tokenFlow();
const { accepts, challenge, issues, refuses, scoped } = flow;

describe('the token flow', () => {
  test('asks without credentials, gets a token, and reuses it for the repository', async () => {
    flow.registry.expect(
      refuses(TAGS, null),
      accepts(TAGS, 'Bearer T1', 2),
      accepts('/v2/a/b/manifests/x', 'Bearer T1'),
    );
    flow.service.expect(issues('T1'));
    const authSend = authenticated(flow.registry.url, user, flow.send);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
    expect(await statusOf(authSend(get(flow.registry.url, '/v2/a/b/manifests/x', SCOPES)))).toBe(200);
  });

  test('once the token service is known, another repository costs no 401', async () => {
    flow.registry.expect(
      refuses(TAGS, null),
      accepts(TAGS, 'Bearer T1'),
      accepts('/v2/c/tags/list', 'Bearer T2'),
    );
    flow.service.expect(issues('T1'), {
      ...issues('T2'),
      path: '/token?service=reg&scope=repository%3Ac%3Apull',
    });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    expect(
      await statusOf(authSend(get(flow.registry.url, '/v2/c/tags/list', { scopes: ['repository:c:pull'] }))),
    ).toBe(200);
  });

  test('merges the scopes of the request and of the challenge per repository, one parameter each', async () => {
    flow.registry.expect(
      refuses('/v2/a/b/blobs/x', null, scoped('repository:a/b:push repository:c:pull')),
      accepts('/v2/a/b/blobs/x', 'Bearer T1', 2),
    );
    flow.service.expect({
      ...issues('T1'),
      path: '/token?service=reg&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%3Apull',
    });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    await statusOf(authSend(get(flow.registry.url, '/v2/a/b/blobs/x', SCOPES)));
    expect(await statusOf(authSend(get(flow.registry.url, '/v2/a/b/blobs/x', SCOPES)))).toBe(200);
  });

  test('a realm with a query of its own keeps it, and access_token is a token too', async () => {
    flow.registry.expect(
      refuses('/v2/', null, { 'www-authenticate': `Bearer realm="${flow.service.url}/token?tenant=1"` }),
      accepts('/v2/', 'Bearer T1', 2),
    );
    flow.service.expect({ method: 'GET', path: '/token?tenant=1', reply: { body: { access_token: 'T1' } } });
    const authSend = authenticated(flow.registry.url, user, flow.send);
    expect(await statusOf(authSend(get(flow.registry.url, '/v2/')))).toBe(200);
    expect(await statusOf(authSend(get(flow.registry.url, '/v2/')))).toBe(200);
  });

  test('without a credential the token is asked for anonymously', async () => {
    flow.registry.expect(refuses(TAGS, null), accepts(TAGS, 'Bearer T1'));
    flow.service.expect(issues('T1', {}, null));
    expect(
      await statusOf(
        authenticated(
          flow.registry.url,
          anonymousCredential(),
          flow.send,
        )(get(flow.registry.url, TAGS, SCOPES)),
      ),
    ).toBe(200);
  });

  test('an identity token is exchanged by POST, and the new one it brings is used next', async () => {
    const clock = fakeClock();
    flow.registry.expect(refuses(TAGS, null), accepts(TAGS, 'Bearer T1'), accepts(TAGS, 'Bearer T2'));
    const grants: Record<string, string>[] = [];
    const answers = [{ access_token: 'T1', refresh_token: 'second' }, { access_token: 'T2' }];
    flow.service.expect({
      method: 'POST',
      path: '/token',
      headers: { authorization: null, 'content-type': 'application/x-www-form-urlencoded' },
      times: 2,
      reply: ({ body }) => {
        grants.push(Object.fromEntries(new URLSearchParams(body.toString())));
        return { body: answers[grants.length - 1] ?? {} };
      },
    });
    const credential = identityTokenCredential({ token: 'first', source: 'test' });
    const authSend = authenticated(flow.registry.url, credential, flow.send, { clock });
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    clock.advance(50_000);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
    const common = {
      grant_type: 'refresh_token',
      client_id: 'geo-registry-audit',
      service: 'reg',
      scope: PULL,
    };
    expect(grants).toEqual([
      { ...common, refresh_token: 'first' },
      { ...common, refresh_token: 'second' },
    ]);
  });

  test('a service that voids each refresh token with its use is asked by one after another', async () => {
    const paths = Array.from({ length: 8 }, (_, at) => `/v2/a/r${at}/tags/list`);
    flow.registry.expect({
      method: 'GET',
      path: (path) => paths.includes(path),
      times: 'any',
      reply: ({ headers }) =>
        headers.authorization === undefined ? { status: 401, headers: challenge() } : { body: 'ok' },
    });
    let valid = 'first';
    flow.service.expect({
      method: 'POST',
      path: '/token',
      times: paths.length,
      reply: ({ body }) => {
        if (new URLSearchParams(body.toString()).get('refresh_token') !== valid) return { status: 400 };
        valid = `${valid}+`;
        return { body: { access_token: 'T', refresh_token: valid } };
      },
    });
    const credential = identityTokenCredential({ token: 'first', source: 'test' });
    const authSend = authenticated(flow.registry.url, credential, flow.send);
    const statuses = paths.map((path, at) =>
      statusOf(authSend(get(flow.registry.url, path, { scopes: [`repository:a/r${at}:pull`] }))),
    );
    expect(await Promise.all(statuses)).toEqual(paths.map(() => 200));
  });

  test('fifty requests at once make one token request, at the start and at renewal', async () => {
    const clock = fakeClock();
    flow.registry.expect(
      { ...refuses(TAGS, null), times: 50 },
      accepts(TAGS, 'Bearer T1', 50),
      accepts(TAGS, 'Bearer T2', 50),
    );
    flow.service.expect(issues('T1', { expires_in: 300 }), issues('T2'));
    const authSend = authenticated(flow.registry.url, user, flow.send, { clock });
    const fifty = () =>
      Promise.all(Array.from({ length: 50 }, () => statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))));
    expect(new Set(await fifty())).toEqual(new Set([200]));
    clock.advance(241_000);
    expect(new Set(await fifty())).toEqual(new Set([200]));
  });

  test('fifty refusals of a token that was good renew it once', async () => {
    let good = 'T1';
    flow.registry.expect({
      method: 'GET',
      path: TAGS,
      times: 'any',
      reply: ({ headers }) =>
        headers.authorization === `Bearer ${good}` ? { body: 'ok' } : { status: 401, headers: scoped() },
    });
    flow.service.expect(issues('T1'), issues('T2'));
    const authSend = authenticated(flow.registry.url, user, flow.send);
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    good = 'T2';
    const statuses = await Promise.all(
      Array.from({ length: 50 }, () => statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test.each([
    ['no expiry means 60 seconds', {}, 47_000, 49_000],
    ['less than 60 seconds is taken as 60', { expires_in: 5 }, 47_000, 49_000],
    ['an expiry that is no number is taken as 60', { expires_in: 'soon' }, 47_000, 49_000],
    ['an hour is renewed at four fifths', { expires_in: 3600 }, 2_879_000, 2_881_000],
  ])('renewal: %s', async (_name, more, before, after) => {
    const clock = fakeClock();
    const start = clock.now();
    flow.registry.expect(refuses(TAGS, null), accepts(TAGS, 'Bearer T1', 2), accepts(TAGS, 'Bearer T2'));
    flow.service.expect(issues('T1', more), issues('T2'));
    const authSend = authenticated(flow.registry.url, user, flow.send, { clock });
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    clock.advance(start + before - clock.now());
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    clock.advance(start + after - clock.now());
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
  });

  test('a token service that is down at renewal leaves the token in use while it is valid', async () => {
    const clock = fakeClock();
    flow.registry.expect(refuses(TAGS, null), accepts(TAGS, 'Bearer T1', 2));
    flow.service.expect(issues('T1'), { ...issues('T2'), times: 2, reply: { status: 503 } });
    const authSend = authenticated(flow.registry.url, user, flow.send, { clock });
    await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)));
    clock.advance(49_000);
    expect(await statusOf(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBe(200);
    clock.advance(12_000);
    expect(await rejection(authSend(get(flow.registry.url, TAGS, SCOPES)))).toBeInstanceOf(TransportError);
  });
});
