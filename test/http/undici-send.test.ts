import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AuditError, TransportError } from '../../src/errors.ts';
import { type Expectation, startScriptedServer } from '../support/scripted-server.ts';
import { answering, startRawServer } from './support/raw-server.ts';
import { ask, rejection, textOf, wire } from './support/wire.ts';

async function scripted(...lines: Expectation[]) {
  const server = await startScriptedServer(lines);
  onTestFinished(async () => {
    await server.close();
    server.assertDone();
  });
  return server;
}

describe('connections', () => {
  test.each([
    ['200', 200],
    ['404', 404],
    ['500', 500],
  ])('200 HEADs answered %s open no more connections than the pool may have', async (_name, status) => {
    const server = await scripted({
      method: 'HEAD',
      path: /^\/v2\//,
      headers: { connection: 'keep-alive' },
      reply: { status, headers: { 'content-length': '1234', 'docker-content-digest': 'sha256:x' } },
      times: 200,
    });
    const send = wire({ connections: 4 });
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const response = await send(ask(`${server.url}/v2/${index}`, { method: 'HEAD' }));
        expect(response.status).toBe(status);
        await response.discard();
      }),
    );
    expect(server.connections()).toBeLessThanOrEqual(4);
  });

  test('one after another, HEADs and GETs open few connections', async () => {
    const server = await scripted(
      { method: 'HEAD', path: '/', reply: {}, times: 100 },
      { method: 'GET', path: '/', reply: { body: 'x'.repeat(1000) }, times: 200 },
      { method: 'GET', path: '/refused', reply: { status: 404, body: 'x'.repeat(1000) }, times: 100 },
    );
    const send = wire();
    for (let count = 0; count < 100; count++) {
      await send(ask(server.url, { method: 'HEAD' }));
      await (await send(ask(server.url))).discard();
      expect(await textOf(await send(ask(server.url, { bodyLimit: 1000 })))).toHaveLength(1000);
      await (await send(ask(`${server.url}/refused`))).discard();
    }
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test('a HEAD has an empty body whatever is asked of it', async () => {
    const server = await scripted({
      method: 'HEAD',
      path: '/',
      reply: { headers: { 'content-length': '99' } },
    });
    const response = await wire()(ask(server.url, { method: 'HEAD' }));
    expect(response.header('content-length')).toBe('99');
    expect(await textOf(response)).toBe('');
    await response.discard();
  });

  test('IPv6 and a path prefix', async () => {
    const server = await startRawServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), '::1');
    expect(server.url).toContain('[::1]');
    const response = await wire()(ask(`${server.url}/registry/v2/?n=1`, { bodyLimit: 10 }));
    expect(await textOf(response)).toBe('ok');
    expect(response.url.href).toBe(`${server.url}/registry/v2/?n=1`);
  });

  test('path and query go out as they are in the URL', async () => {
    const server = await scripted({
      method: 'GET',
      path: '/p/v2/a/b/manifests/sha256:ab?n=1&last=x%2By',
      reply: {},
    });
    await (await wire()(ask(`${server.url}/p/v2/a/b/manifests/sha256:ab?n=1&last=x%2By#part`))).discard();
  });

  test('headers: any case, repeated ones joined, missing ones null', async () => {
    const server = await scripted({
      method: 'GET',
      path: '/',
      headers: { 'accept-encoding': 'identity', accept: 'a, b' },
      reply: { headers: { Link: ['<a>', '<b>'], 'X-One': '1' } },
    });
    const response = await wire()(ask(server.url, { headers: { accept: 'a, b' }, bodyLimit: 10 }));
    expect(response.header('link')).toBe('<a>, <b>');
    expect(response.header('x-one')).toBe('1');
    expect(response.header('none')).toBeNull();
  });
});

describe('faults before the headers', () => {
  test('nobody listens', async () => {
    const { port } = await startRawServer(() => undefined);
    const closed = await startScriptedServer();
    await closed.close();
    expect(port).toBeGreaterThan(0);
    const error = await rejection(wire()(ask(`${closed.url}/v2/?X-Amz-Signature=s3cret`)));
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ code: 'UNREACHABLE' });
    expect(error.message).toContain('could not read a thing (GET ');
    expect(error.message).toContain('connection refused');
    expect(error.message).not.toContain('s3cret');
    expect(error.hint).toContain('--primary-url');
  });

  test('a name that does not resolve', async () => {
    const error = await rejection(wire()(ask('http://registry.invalid/')));
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toMatch(/the host name (does not resolve|could not be resolved)/);
    expect(error.hint).toContain('--primary-url');
  });

  test.each<[string, Parameters<typeof startRawServer>[0]]>([
    ['reset on connecting', (socket) => socket.resetAndDestroy()],
    ['closed on connecting', (socket) => socket.destroy()],
    ['half-closed on connecting', (socket) => socket.end()],
    ['reset at the request', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['closed at the request', (socket) => socket.once('data', () => socket.end())],
    [
      'cut in the headers',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Le')),
    ],
  ])('%s: unreachable, and it ends', async (_name, serve) => {
    const server = await startRawServer(serve);
    const error = await rejection(wire({ timeoutMs: 2000 })(ask(server.url)));
    expect(error).toMatchObject({ name: 'TransportError', code: 'UNREACHABLE' });
    expect(server.connections()).toBeLessThan(20);
  });

  test('never an answer', async () => {
    const server = await startRawServer(() => undefined);
    const error = await rejection(wire({ timeoutMs: 50 })(ask(server.url)));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(error.hint).toContain('--timeout');
  });

  test('headers without end', async () => {
    const server = await startRawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n');
        for (let count = 0; count < 5000; count++) socket.write(`X-${count}: ${'y'.repeat(50)}\r\n`);
      });
    });
    expect(await rejection(wire()(ask(server.url)))).toMatchObject({ code: 'PROTOCOL' });
  });

  test('an answer that is not HTTP', async () => {
    const server = await startRawServer(answering('SSH-2.0-OpenSSH_9.6\r\n'));
    const error = await rejection(wire()(ask(server.url)));
    expect(error.code).toBe('PROTOCOL');
    expect(error.hint).toContain('--primary-url');
  });

  test('a header that cannot be sent is no fault of the network', async () => {
    expect(
      await rejection(wire()(ask('http://127.0.0.1:1/', { headers: { accept: 'a\r\nb' } }))),
    ).toMatchObject({
      code: 'PROTOCOL',
    });
  });
});

describe('an abort is the aborter’s reason and no fault of the network', () => {
  const reason = new AuditError('INTERRUPTED', 'interrupted');

  test('before, while waiting for the headers, and in the body', async () => {
    const server = await startRawServer((socket) => {
      socket.on('data', (data) => {
        if (data.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      });
    });
    const send = wire();
    expect(await rejection(send(ask(server.url, { signal: AbortSignal.abort(reason) })))).toBe(reason);

    for (const path of ['/silent', '/body']) {
      const abort = new AbortController();
      const failed = rejection(send(ask(server.url + path, { signal: abort.signal, bodyLimit: 9 })));
      await sleep(20);
      abort.abort(reason);
      expect(await failed).toBe(reason);
    }
  });
});

test('closing ends what is under way', async () => {
  const server = await startRawServer(() => undefined);
  const { createUndiciSend } = await import('../../src/http/undici-send.ts');
  const own = createUndiciSend({ connections: 1, timeoutMs: 10_000, flag: String });
  const failed = rejection(own.send(ask(server.url)));
  await sleep(10);
  await own.close();
  expect(await failed).toBeInstanceOf(TransportError);
});
