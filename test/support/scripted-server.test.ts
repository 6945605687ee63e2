import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { makeAuthority, makeCertificate } from './certificates.ts';
import { type Expectation, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { makeTempDir } from './temp-dir.ts';

const started: ScriptedServer[] = [];

async function start(lines: readonly Expectation[]): Promise<ScriptedServer> {
  const server = await startScriptedServer(lines);
  started.push(server);
  return server;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const response = await request(url, { headers });
  return [response.statusCode, await response.body.text()];
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

describe('the scripted server', () => {
  test('answers its script, each line as often as it says, and records what it saw', async () => {
    const server = await start([
      { method: 'GET', path: '/v2/', reply: { status: 429, headers: { 'retry-after': '1' } } },
      { method: 'GET', path: '/v2/', reply: { body: { tags: null } } },
      { method: 'GET', path: /^\/list\?n=\d+$/, times: 'any', reply: (seen) => ({ body: [seen.path, '!'] }) },
      {
        method: 'GET',
        path: (path) => path.startsWith('/p'),
        headers: { accept: /json/, cookie: null },
        reply: {},
      },
    ]);
    expect(await get(`${server.url}/v2/`)).toEqual([429, '']);
    expect(await get(`${server.url}/v2/`)).toEqual([200, '{"tags":null}']);
    expect(await get(`${server.url}/list?n=1`)).toEqual([200, '/list?n=1!']);
    expect(() => server.assertDone()).toThrow('asked for 0 of 1 times: GET');
    expect(await get(`${server.url}/p`, { accept: 'application/json' })).toEqual([200, '']);
    server.assertDone();
    expect(server.requests.map((seen) => seen.path)).toEqual(['/v2/', '/v2/', '/list?n=1', '/p']);
    expect(server.connections()).toBeGreaterThan(0);
    await server.seen(4);
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['a path outside the script', '/other', {}, 'unknown request GET /other'],
    [
      'a wrong header',
      '/one',
      { accept: 'text/html' },
      'header accept is "text/html", expected application/json',
    ],
    [
      'a header too many',
      '/one',
      { accept: 'application/json', authorization: 'x' },
      'header authorization is "x"',
    ],
  ])('fails on %s', async (_name, path, headers, words) => {
    const server = await start([
      {
        method: 'GET',
        path: '/one',
        headers: { accept: 'application/json', authorization: null },
        times: 'any',
        reply: {},
      },
    ]);
    expect((await get(server.url + path, headers))[0]).toBe(500);
    expect(() => server.assertDone()).toThrow(words);
  });

  test('fails on a request more than expected', async () => {
    const server = await start([{ method: 'GET', path: '/', reply: {} }]);
    await get(server.url);
    await get(server.url);
    expect(() => server.assertDone()).toThrow('asked for more often than expected');
  });

  test.each<[NonNullable<Extract<Expectation['reply'], { fault?: unknown }>['fault']>, string]>([
    ['reset', 'ECONNRESET'],
    ['truncate', 'UND_ERR_SOCKET'],
  ])('%s breaks the connection', async (fault, code) => {
    const server = await start([{ method: 'GET', path: '/', reply: { body: 'x'.repeat(1000), fault } }]);
    await expect(get(server.url)).rejects.toMatchObject({ code });
    server.assertDone();
  });

  test.each(['hang', 'stall'] as const)('%s lets the client wait', async (fault) => {
    const server = await start([{ method: 'GET', path: '/', reply: { body: 'x'.repeat(1000), fault } }]);
    const controller = new AbortController();
    const answer = request(server.url, { signal: controller.signal }).then((response) =>
      response.body.text(),
    );
    void server.seen(1).then(() => setImmediate(() => controller.abort(new Error('enough'))));
    await expect(answer).rejects.toThrow('enough');
  });

  test('speaks https', async () => {
    const directory = makeTempDir('scripted');
    const authority = makeAuthority(directory);
    const files = makeCertificate(directory, authority);
    const server = await startScriptedServer([{ method: 'GET', path: '/', reply: { body: 'safe' } }], {
      key: readFileSync(files.keyFile, 'utf8'),
      cert: readFileSync(files.certFile, 'utf8'),
    });
    started.push(server);
    const dispatcher = new Agent({ connect: { ca: readFileSync(authority.certFile) } });
    const response = await request(server.url, { dispatcher });
    expect(await response.body.text()).toBe('safe');
    await dispatcher.close();
  });
});
