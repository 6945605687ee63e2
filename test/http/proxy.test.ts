import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { createUndiciSend } from '../../src/http/undici-send.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { type Expectation, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { startProxy } from './support/proxy.ts';
import { ask, rejection, textOf, wire } from './support/wire.ts';

let ca: string;
let pair: { key: string; cert: string };
beforeAll(() => {
  const directory = makeTempDir('proxy');
  const authority = makeAuthority(directory);
  const made = makeCertificate(directory, authority);
  ca = readFileSync(authority.certFile, 'utf8');
  pair = { key: readFileSync(made.keyFile, 'utf8'), cert: readFileSync(made.certFile, 'utf8') };
});

const anything = (method: string): Expectation => ({
  method,
  path: /^\//,
  reply: { body: method === 'HEAD' ? undefined : 'ok' } as Expectation['reply'] & object,
  times: 'any',
});

async function target(tls?: { key: string; cert: string }): Promise<ScriptedServer> {
  const server = await startScriptedServer([anything('GET'), anything('HEAD')], tls);
  onTestFinished(async () => {
    await server.close();
    server.assertDone();
  });
  return server;
}

describe('plain http', () => {
  test('goes with the whole URL, its Host header right, HEADs on few connections', async () => {
    const server = await target();
    const proxy = await startProxy();
    const send = wire({ proxy: { httpProxy: proxy.url }, connections: 4 });
    expect(await textOf(await send(ask(`${server.url}/v2/?n=1`, { bodyLimit: 100 })))).toBe('ok');
    expect(proxy.seen).toEqual([{ method: 'GET', target: `${server.url}/v2/?n=1`, authorization: null }]);
    expect(server.requests[0]).toMatchObject({
      path: '/v2/?n=1',
      headers: { host: new URL(server.url).host },
    });
    await Promise.all(Array.from({ length: 200 }, () => send(ask(server.url, { method: 'HEAD' }))));
    expect(proxy.connections()).toBeLessThanOrEqual(4);
  });

  test('a host that only the proxy knows', async () => {
    const server = await target();
    const hosts = { 'registry.example.com:5000': new URL(server.url).host };
    const proxy = await startProxy({ hosts });
    const send = wire({ proxy: { httpProxy: proxy.url.replace('http://', '') } });
    expect((await send(ask('http://registry.example.com:5000/', { bodyLimit: 100 }))).status).toBe(200);
  });

  test('does not take the proxy for https', async () => {
    const server = await target();
    const proxy = await startProxy();
    await wire({ proxy: { httpsProxy: proxy.url } })(ask(server.url, { bodyLimit: 9 }));
    expect(proxy.seen).toEqual([]);
  });
});

describe('https', () => {
  test('goes through a tunnel, verified against the CA', async () => {
    const server = await target(pair);
    const proxy = await startProxy();
    const send = wire({ proxy: { httpsProxy: proxy.url }, tls: { ca }, connections: 4 });
    expect(await textOf(await send(ask(server.url, { bodyLimit: 100 })))).toBe('ok');
    expect(proxy.seen).toEqual([
      { method: 'CONNECT', target: new URL(server.url).host, authorization: null },
    ]);
    await Promise.all(Array.from({ length: 200 }, () => send(ask(server.url, { method: 'HEAD' }))));
    expect(server.connections()).toBeLessThanOrEqual(4);
  });

  test('does not take the proxy for http', async () => {
    const server = await target(pair);
    const proxy = await startProxy();
    await wire({ proxy: { httpProxy: proxy.url }, tls: { ca } })(ask(server.url, { bodyLimit: 9 }));
    expect(proxy.seen).toEqual([]);
  });

  test('an unknown CA behind a tunnel names the flag', async () => {
    const server = await target(pair);
    const proxy = await startProxy();
    const error = await rejection(wire({ proxy: { httpsProxy: proxy.url } })(ask(server.url)));
    expect(error).toMatchObject({ code: 'TLS' });
    expect(error.hint).toContain('--primary-ca-file');
  });

  test('a certificate for another name behind a tunnel ends, and says so', async () => {
    const server = await target(pair);
    const proxy = await startProxy({ hosts: { 'registry.example.com:443': new URL(server.url).host } });
    const send = wire({ proxy: { httpsProxy: proxy.url }, tls: { ca } });
    const error = await rejection(send(ask('https://registry.example.com/')));
    expect(error).toMatchObject({ code: 'TLS' });
    expect(error.message).toContain('another host name');
  });
});

describe('NO_PROXY', () => {
  test('is the direct way', async () => {
    const server = await target();
    const proxy = await startProxy();
    const settings = { httpProxy: proxy.url, httpsProxy: proxy.url, noProxy: 'example.com, 127.0.0.1' };
    await wire({ proxy: settings })(ask(server.url, { bodyLimit: 9 }));
    expect(proxy.seen).toEqual([]);
  });
});

describe('a proxy that does not help', () => {
  test('user and password in its URL are sent to it alone', async () => {
    const server = await target();
    const proxy = await startProxy();
    const httpProxy = proxy.url.replace('http://', 'http://user:p%40ss@');
    await wire({ proxy: { httpProxy } })(ask(server.url, { bodyLimit: 9 }));
    expect(proxy.seen[0]?.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });

  test.each([
    ['a tunnel', 407, 'PROTOCOL', 'https://registry.example.com/'],
    ['a tunnel', 403, 'PROTOCOL', 'https://registry.example.com/'],
    ['a tunnel', 503, 'UNREACHABLE', 'https://registry.example.com/'],
    ['a whole URL', 407, 'PROTOCOL', 'http://registry.example.com/'],
  ])('it answers %s with %i', async (_name, status, code, url) => {
    const proxy = await startProxy({ status });
    const send = wire({ proxy: { httpProxy: proxy.url, httpsProxy: proxy.url }, timeoutMs: 2000 });
    const error = await rejection(send(ask(url)));
    expect(error).toMatchObject({ name: 'TransportError', code });
    expect(error.message).toContain(`the proxy answered ${status}`);
    expect(error.hint).toMatch(/PROXY/);
  });

  test.each([['http://registry.example.com/'], ['https://registry.example.com/']])(
    'it says nothing: %s',
    async (url) => {
      const proxy = await startProxy({ silent: true });
      const send = wire({ proxy: { httpProxy: proxy.url, httpsProxy: proxy.url }, timeoutMs: 50 });
      expect(await rejection(send(ask(url)))).toMatchObject({ code: 'TIMEOUT' });
    },
  );

  test.each([['http://registry.example.com/'], ['https://registry.example.com/']])(
    'nobody listens there: %s',
    async (url) => {
      const gone = await startScriptedServer();
      await gone.close();
      const send = wire({ proxy: { httpProxy: gone.url, httpsProxy: gone.url } });
      const error = await rejection(send(ask(url)));
      expect(error).toMatchObject({ code: 'UNREACHABLE' });
      expect(error.hint).toContain('HTTPS_PROXY');
    },
  );

  test.each([['http://'], ['socks5://proxy:1080'], ['http://user:s3cret@:99999']])(
    'its URL is %s',
    (httpProxy) => {
      const make = () =>
        createUndiciSend({ connections: 1, timeoutMs: 50, flag: String, proxy: { httpProxy } });
      expect(make).toThrow(UsageError);
      expect(make).toThrow(/^HTTP_PROXY is not/);
      expect(make).not.toThrow(/s3cret/);
    },
  );
});
