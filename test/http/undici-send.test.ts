import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
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

  test('one after another, HEADs and GETs are few connections', async () => {
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
    expect(response.header('Content-Length')).toBe('99');
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
    expect(['link', 'x-ONE', 'none'].map((name) => response.header(name))).toEqual(['<a>, <b>', '1', null]);
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

describe('bodies', () => {
  const head = 'HTTP/1.1 200 OK\r\n';

  test.each<[string, string, string]>([
    ['shorter than its Content-Length', `${head}Content-Length: 10\r\n\r\nhalf`, 'BODY_TRUNCATED'],
    ['chunked without an end', `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, 'BODY_TRUNCATED'],
    ['a chunk that is cut', `${head}Transfer-Encoding: chunked\r\n\r\nff\r\nhalf`, 'BODY_TRUNCATED'],
    [
      'a chunk longer than it says',
      `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nhalf\r\n0\r\n\r\n`,
      'BODY_TRUNCATED',
    ],
    ['two lengths', `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nhalf`, 'BODY_TRUNCATED'],
  ])('%s', async (_name, bytes, code) => {
    const server = await startRawServer(answering(bytes, (socket) => socket.end()));
    const error = await rejection(wire()(ask(server.url, { bodyLimit: 1000 })));
    expect(error).toMatchObject({ name: 'TransportError', code });
    const streamed = await rejection(wire()(ask(server.url)).then(async (response) => response.bytes(1000)));
    expect(streamed).toMatchObject({ name: 'TransportError', code });
  });

  test('without a length the end of the connection is the end of the body', async () => {
    const server = await startRawServer(answering(`${head}\r\nwhole`, (socket) => socket.end()));
    expect(await textOf(await wire()(ask(server.url, { bodyLimit: 5 })))).toBe('whole');
  });

  test('bytes after the Content-Length are not taken, neither for this answer nor for the next', async () => {
    const server = await startRawServer(
      answering(`${head}Content-Length: 4\r\n\r\nfour${head}Content-Length: 6\r\n\r\nforged`),
    );
    const send = wire({ connections: 1 });
    for (let count = 0; count < 5; count++) {
      expect(await textOf(await send(ask(server.url, { bodyLimit: 100 })))).toBe('four');
    }
  });

  test('reset in the middle of the body', async () => {
    const server = await startRawServer(
      answering(`${head}Content-Length: 10\r\n\r\nhalf`, (socket) =>
        setImmediate(() => socket.resetAndDestroy()),
      ),
    );
    const error = await rejection(wire()(ask(server.url, { bodyLimit: 1000 })));
    expect(['BODY_TRUNCATED', 'UNREACHABLE']).toContain(error.code);
  });

  test('silence in the middle of the body', async () => {
    const server = await startRawServer(answering(`${head}Content-Length: 10\r\n\r\nhalf`));
    const error = await rejection(wire({ timeoutMs: 50 })(ask(server.url, { bodyLimit: 1000 })));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(error.hint).toContain('--timeout');
  });

  const drip: Parameters<typeof startRawServer>[0] = (socket) => {
    socket.once('data', async () => {
      socket.write(`${head}Content-Length: 100000\r\n\r\n`);
      while (!socket.destroyed) {
        socket.write('.');
        await sleep(10);
      }
    });
  };
  test.each([
    ['read beforehand', (url: string) => wire({ timeoutMs: 60 })(ask(url, { bodyLimit: 200_000 }))],
    ['read afterwards', async (url: string) => (await wire({ timeoutMs: 60 })(ask(url))).bytes(200_000)],
  ])('a body that drips is not waited for without end: %s', async (_name, read) => {
    const server = await startRawServer(drip);
    const error = await rejection(read(server.url));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(error.message).toContain('too slowly');
    expect(error.hint).toContain('--timeout');
  });

  test('nor is one that is thrown away', async () => {
    const server = await startRawServer(drip);
    await (await wire({ timeoutMs: 60 })(ask(server.url))).discard();
  });

  test.each([
    ['exactly the limit', 1000, null],
    ['one byte over it', 1001, 'BODY_TOO_LARGE'],
  ])('%s', async (_name, length, code) => {
    const server = await scripted({
      method: 'GET',
      path: '/',
      reply: { body: 'x'.repeat(length) },
      times: 2,
    });
    const send = wire();
    for (const read of [
      async () => (await send(ask(server.url, { bodyLimit: 1000 }))).bytes(1000),
      async () => (await send(ask(server.url))).bytes(1000),
    ]) {
      if (code === null) expect(await read()).toHaveLength(length);
      else expect(await rejection(read())).toMatchObject({ code });
    }
  });

  test('a body without end is refused at the limit', async () => {
    const server = await startRawServer((socket) => {
      socket.once('data', () => {
        socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
        const more = () => {
          while (!socket.destroyed && socket.write('400\r\n' + 'x'.repeat(1024) + '\r\n'));
        };
        socket.on('drain', more);
        more();
      });
    });
    expect(await rejection(wire()(ask(server.url, { bodyLimit: 100_000 })))).toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
  });

  test('a refusal keeps its status when its body is too long', async () => {
    const server = await scripted(
      { method: 'GET', path: '/long', reply: { status: 404, body: 'x'.repeat(64 * 1024 + 1) } },
      { method: 'GET', path: '/fits', reply: { status: 404, body: 'x'.repeat(64 * 1024) } },
    );
    const long = await wire()(ask(`${server.url}/long`, { bodyLimit: 10_000_000 }));
    expect([long.status, (await long.bytes(1)).length]).toEqual([404, 0]);
    const fits = await wire()(ask(`${server.url}/fits`));
    expect([fits.status, (await fits.bytes(64 * 1024)).length]).toEqual([404, 64 * 1024]);
  });

  test('a body that was read beforehand is a stream as well', async () => {
    const server = await scripted({ method: 'GET', path: '/', reply: { body: 'whole' } });
    const response = await wire()(ask(server.url, { bodyLimit: 100 }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.stream()) chunks.push(chunk as Uint8Array);
    expect(Buffer.concat(chunks).toString()).toBe('whole');
  });

  test('gzip is not undone: the bytes are what the digest is over, and nothing explodes', async () => {
    const packed = gzipSync('{"tags":[]}');
    const server = await scripted({
      method: 'GET',
      path: '/',
      headers: { 'accept-encoding': 'identity' },
      reply: { headers: { 'content-encoding': 'gzip' }, body: packed },
    });
    const response = await wire()(ask(server.url, { bodyLimit: 1000 }));
    expect(Buffer.from(await response.bytes(1000))).toEqual(packed);
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
