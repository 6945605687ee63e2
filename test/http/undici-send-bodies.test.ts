import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
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
          while (!socket.destroyed && socket.write(`400\r\n${'x'.repeat(1024)}\r\n`));
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
