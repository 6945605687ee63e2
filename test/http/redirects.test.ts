import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpRequest } from '../../src/http/message.ts';
import { followRedirects } from '../../src/http/redirects.ts';
import { type Expectation, startScriptedServer } from '../support/scripted-server.ts';
import { startProxy } from './support/proxy.ts';
import { scriptedSend } from './support/scripted-send.ts';
import { ask, rejection, textOf, wire } from './support/wire.ts';

const SECRET = { authorization: 'Bearer s3cret', cookie: 'session=s3cret' };
const moved = (location: string, status = 307): Expectation['reply'] => ({
  status,
  headers: { location },
  body: 'moved',
});

async function scripted(...lines: Expectation[]) {
  const server = await startScriptedServer(lines);
  onTestFinished(async () => {
    await server.close();
    server.assertDone();
  });
  return server;
}

const send = () => followRedirects(wire());

describe('following', () => {
  test.each([[301], [302], [303], [307], [308]])(
    '%i, GET and HEAD keep their method and headers',
    async (status) => {
      const headers = { accept: 'a/b' };
      const server = await scripted(
        ...['GET', 'HEAD'].flatMap((method): Expectation[] => [
          { method, path: '/from', headers, reply: moved('/to?n=1', status) },
          { method, path: '/to?n=1', headers, reply: { headers: { 'x-at': 'to' } } },
        ]),
      );
      for (const method of ['GET', 'HEAD'] as const) {
        const response = await send()(ask(`${server.url}/from`, { method, headers }));
        expect(response.header('x-at')).toBe('to');
        expect(response.url.href).toBe(`${server.url}/to?n=1`);
        await response.discard();
      }
    },
  );

  test('a relative Location is taken from where it came', async () => {
    const server = await scripted(
      { method: 'GET', path: '/a/b', reply: moved('c/d') },
      { method: 'GET', path: '/a/c/d', reply: moved('../e') },
      { method: 'GET', path: '/a/e', reply: { body: 'end' } },
    );
    expect(await textOf(await send()(ask(`${server.url}/a/b`)))).toBe('end');
  });

  test.each([[300], [304], [305]])('%i is an answer', async (status) => {
    const server = await scripted({
      method: 'GET',
      path: '/',
      reply: { status, headers: { location: '/x' } },
    });
    expect((await send()(ask(server.url, { bodyLimit: 10 }))).status).toBe(status);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
    '%s is never followed',
    async (method) => {
      const server = await scripted({ method, path: '/', reply: moved('/elsewhere') });
      const response = await send()(ask(server.url, { method, bodyLimit: 100 }));
      expect([response.status, response.header('location')]).toEqual([307, '/elsewhere']);
    },
  );

  test('five hops, not six', async () => {
    const server = await scripted({
      method: 'GET',
      path: /^\/\d$/,
      reply: ({ path }) => {
        const left = Number(path.slice(1));
        return left === 0 ? { body: 'end' } : { status: 307, headers: { location: `/${left - 1}` } };
      },
      times: 12,
    });
    expect(await textOf(await send()(ask(`${server.url}/5`)))).toBe('end');
    expect(await rejection(send()(ask(`${server.url}/6`)))).toMatchObject({ code: 'REDIRECT_REFUSED' });
  });

  test('a circle ends', async () => {
    const server = await scripted({ method: 'HEAD', path: '/', reply: moved('/'), times: 6 });
    const error = await rejection(send()(ask(server.url, { method: 'HEAD' })));
    expect(error).toMatchObject({ name: 'TransportError', code: 'REDIRECT_REFUSED' });
    expect(error.message).toContain('more than 5 redirects');
  });
});

describe('what is refused, with every body let go of', () => {
  const REMOTE = 'https://registry.example.com/v2/';
  test.each<[string, string, string | null]>([
    ['no Location', REMOTE, null],
    ['a malformed Location', REMOTE, 'http://[bad'],
    ['from https to http', REMOTE, 'http://registry.example.com/v2/'],
    ['from https to http elsewhere', REMOTE, 'http://other.example.com/'],
    ['a file', REMOTE, 'file:///etc/passwd'],
    ['data', REMOTE, 'data:text/plain,x'],
    ['loopback', REMOTE, 'https://127.0.0.1/'],
    ['loopback, from http', 'http://registry.example.com/', 'http://127.0.0.1/'],
    ['all of 127', REMOTE, 'https://127.9.9.9/'],
    ['loopback in hex', REMOTE, 'https://0x7f000001/'],
    ['loopback, short', REMOTE, 'https://127.1/'],
    ['localhost', REMOTE, 'https://localhost:5000/'],
    ['localhost with the root’s dot', REMOTE, 'https://localhost./'],
    ['a name below localhost', REMOTE, 'https://x.LOCALHOST/'],
    ['this host', REMOTE, 'https://0.0.0.0/'],
    ['loopback IPv6', REMOTE, 'https://[::1]/'],
    ['unspecified IPv6', REMOTE, 'https://[::]/'],
    ['IPv4 in IPv6', REMOTE, 'https://[::ffff:127.0.0.1]/'],
    ['link-local', REMOTE, 'https://169.254.169.254/latest/meta-data/'],
    ['link-local in IPv6', REMOTE, 'https://[::ffff:169.254.169.254]/'],
    ['link-local IPv6', REMOTE, 'https://[fe80::1]/'],
  ])('%s', async (_name, from, location) => {
    const {
      send: next,
      requests,
      open,
    } = scriptedSend({ status: 307, headers: location === null ? {} : { location } });
    const error = await rejection(followRedirects(next)(ask(from, { headers: SECRET })));
    expect(error).toMatchObject({ name: 'TransportError', code: 'REDIRECT_REFUSED' });
    expect(error.message).toContain('could not read a thing');
    expect(error.message).not.toContain('s3cret');
    expect(requests).toHaveLength(1);
    expect(open()).toBe(0);
  });

  test('a local address at the second hop', async () => {
    const { send: next, requests } = scriptedSend(
      { status: 302, headers: { location: 'https://cdn.example.com/' } },
      { status: 302, headers: { location: 'https://127.0.0.1/' } },
    );
    expect(await rejection(followRedirects(next)(ask(REMOTE)))).toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(requests).toHaveLength(2);
  });

  test('a signature in the Location is not shown', async () => {
    const location = 'http://store.example.com/?X-Amz-Signature=s3cret';
    const { send: next } = scriptedSend({ status: 307, headers: { location } });
    expect((await rejection(followRedirects(next)(ask(REMOTE)))).message).not.toContain('s3cret');
  });

  test('over sockets: a registry that is not local may not send us to a local server', async () => {
    const local = await scripted();
    const registry = await scripted({ method: 'GET', path: '/v2/', reply: moved(`${local.url}/private`) });
    const proxy = await startProxy({ hosts: { 'registry.example.com': new URL(registry.url).host } });
    const outside = followRedirects(wire({ proxy: { httpProxy: proxy.url, noProxy: '127.0.0.1' } }));
    const error = await rejection(outside(ask('http://registry.example.com/v2/')));
    expect(error).toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(error.message).toContain('local address');
  });
});

describe('credentials', () => {
  const bare = { authorization: null, cookie: null };

  test('never reach another origin; another port is another origin, and local to local is followed', async () => {
    const other = await scripted({ method: 'GET', path: '/blob', headers: bare, reply: { body: 'blob' } });
    const registry = await scripted({
      method: 'GET',
      path: '/',
      headers: SECRET,
      reply: moved(`${other.url}/blob`),
    });
    expect(await textOf(await send()(ask(registry.url, { headers: SECRET })))).toBe('blob');
  });

  test('are not picked up again on the way back', async () => {
    const other = await scripted({
      method: 'GET',
      path: '/',
      headers: bare,
      reply: ({ headers }) => moved(headers['x-back'] ?? '') as object,
    });
    const registry = await scripted(
      { method: 'GET', path: '/', headers: SECRET, reply: moved(other.url) },
      { method: 'GET', path: '/back', headers: bare, reply: { body: 'back' } },
    );
    const headers = { ...SECRET, 'x-back': `${registry.url}/back` };
    expect(await textOf(await send()(ask(registry.url, { headers })))).toBe('back');
  });

  test('stay with the request on the same origin, also beyond the registry’s path prefix', async () => {
    const registry = await scripted(
      { method: 'GET', path: '/registry/v2/', headers: SECRET, reply: moved('/registry/v2/other') },
      { method: 'GET', path: '/registry/v2/other', headers: SECRET, reply: moved('/elsewhere') },
      { method: 'GET', path: '/elsewhere', headers: SECRET, reply: { body: 'ok' } },
    );
    expect(await textOf(await send()(ask(`${registry.url}/registry/v2/`, { headers: SECRET })))).toBe('ok');
  });

  test('a header is a credential in any case', async () => {
    const { send: next, requests } = scriptedSend(
      { status: 307, headers: { location: 'https://b.example/' } },
      {},
    );
    const request: HttpRequest = ask('https://a.example/', {
      headers: { Authorization: 'x', 'Proxy-Authorization': 'y', accept: 'z' },
    });
    await (await followRedirects(next)(request)).discard();
    expect(requests[1]?.headers).toEqual({ accept: 'z' });
  });

  test('user and password in a Location are not sent', async () => {
    const other = await scripted({ method: 'GET', path: '/', headers: bare, reply: {} });
    const registry = await scripted({
      method: 'GET',
      path: '/',
      reply: moved(other.url.replace('http://', 'http://user:s3cret@')),
    });
    await (await send()(ask(registry.url))).discard();
  });
});
