import { describe, expect, onTestFinished, test } from 'vitest';
import { REQUEST_KINDS } from '../../src/http/message.ts';
import { countRequests, createTraffic } from '../../src/http/traffic.ts';
import { createTransport } from '../../src/http/transport.ts';
import { SILENT } from '../../src/logger.ts';
import { type Expectation, startScriptedServer } from '../support/scripted-server.ts';
import { fakeClock } from './support/fake-clock.ts';
import { scriptedSend } from './support/scripted-send.ts';
import { ask, rejection } from './support/wire.ts';

describe('the counter', () => {
  test('every kind by itself, and what has none as other', () => {
    const traffic = createTraffic();
    for (const [index, kind] of REQUEST_KINDS.entries()) {
      for (let i = 0; i <= index; i++) traffic.count(ask('http://h/', { kind }));
    }
    traffic.count(ask('http://h/'));
    const { requests, total } = traffic.figures();
    const expected = REQUEST_KINDS.map((kind, index) => [kind, index + 1 + (kind === 'other' ? 1 : 0)]);
    expect(requests).toEqual(Object.fromEntries(expected));
    expect(total).toBe(REQUEST_KINDS.length * ((REQUEST_KINDS.length + 1) / 2) + 1);
  });

  test('a kind that was not sent is not there, and figures once given stay', () => {
    const traffic = createTraffic();
    expect(traffic.figures()).toEqual({ requests: {}, total: 0, retries: 0 });
    traffic.count(ask('http://h/', { kind: 'list' }));
    const early = traffic.figures();
    traffic.count(ask('http://h/', { kind: 'list' }));
    traffic.countRetry();
    expect(early).toEqual({ requests: { list: 1 }, total: 1, retries: 0 });
    expect(traffic.figures()).toEqual({ requests: { list: 2 }, total: 2, retries: 1 });
  });

  test('what fails counts, and what was aborted before it went does not', async () => {
    const traffic = createTraffic();
    const send = countRequests(traffic)(scriptedSend(new Error('cut')).send);
    await rejection(send(ask('http://h/', { kind: 'get' })));
    expect(traffic.figures().requests).toEqual({ get: 1 });
    await rejection(send(ask('http://h/', { kind: 'get', signal: AbortSignal.abort() })));
    expect(traffic.figures().requests).toEqual({ get: 1 });
  });
});

describe('a transport says what it sent', () => {
  async function transport(...lines: Expectation[]) {
    const server = await startScriptedServer(lines);
    const made = createTransport({
      concurrency: 3,
      ratePerSecond: null,
      retries: 2,
      clock: fakeClock(),
      logger: SILENT,
      timeoutMs: 5000,
      flag: (ending) => `--primary-${ending}`,
    });
    onTestFinished(async () => {
      await made.close();
      await server.close();
      server.assertDone();
    });
    return { ...made, server };
  }

  test('retries and the hops of a redirect are attempts of the same kind', async () => {
    const { send, traffic, server } = await transport(
      { method: 'GET', path: '/blob', reply: { status: 503 } },
      { method: 'GET', path: '/blob', reply: { status: 307, headers: { location: '/to' } } },
      { method: 'GET', path: '/to', reply: { fault: 'reset' } },
      { method: 'GET', path: '/to', reply: { body: 'ok' } },
      { method: 'GET', path: '/v2/', reply: { body: '{}' } },
    );
    await send(ask(`${server.url}/blob`, { kind: 'blob', bodyLimit: 10 }));
    await send(ask(`${server.url}/v2/`, { kind: 'ping', bodyLimit: 10 }));
    expect(traffic()).toEqual({
      requests: { ping: 1, blob: 4 },
      total: server.requests.length,
      retries: 2,
      connections: server.connections(),
      inFlight: { mode: 'fixed', settled: 3, highest: 1 },
    });
  });

  test('the most in flight, which is no more than the limit', async () => {
    const { send, traffic, server } = await transport({
      method: 'HEAD',
      path: '/',
      reply: {},
      times: 'any',
    });
    const all = Array.from({ length: 20 }, () =>
      send(ask(`${server.url}/`, { method: 'HEAD', kind: 'headWide' })),
    );
    await Promise.all(all);
    expect(traffic()).toEqual({
      requests: { headWide: 20 },
      total: 20,
      retries: 0,
      connections: server.connections(),
      inFlight: { mode: 'fixed', settled: 3, highest: 3 },
    });
  });
});
