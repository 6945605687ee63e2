import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AuditError, TransportError } from '../../src/errors.ts';
import { createHostLimiter } from '../../src/http/host-limiter.ts';
import type { HttpRequest } from '../../src/http/message.ts';
import { retryRequests } from '../../src/http/retry.ts';
import { DEFAULT_RETRY_LIMITS } from '../../src/http/retry-policy.ts';
import { type Expectation, startScriptedServer } from '../support/scripted-server.ts';
import { fakeClock } from './support/fake-clock.ts';
import { scriptedSend } from './support/scripted-send.ts';
import { ask, rejection, textOf, wire } from './support/wire.ts';

function retrying(retries: number) {
  const clock = fakeClock();
  const limiter = createHostLimiter({ concurrency: 4, ratePerSecond: null, clock });
  return { clock, limiter, wrap: retryRequests({ ...DEFAULT_RETRY_LIMITS, retries }, limiter, clock) };
}

describe('over sockets', () => {
  async function scripted(...lines: Expectation[]) {
    const server = await startScriptedServer(lines);
    onTestFinished(async () => {
      await server.close();
      server.assertDone();
    });
    return server;
  }

  test.each([
    ['HEAD', 429],
    ['HEAD', 503],
    ['GET', 429],
    ['GET', 503],
  ] as const)(
    'a %s answered %i for ever stops after the retries, with the last answer',
    async (method, status) => {
      const server = await scripted({
        method,
        path: '/',
        reply: { status, headers: { 'retry-after': '3' } },
        times: 3,
      });
      const { wrap, clock } = retrying(2);
      const response = await wrap(wire())(ask(server.url, { method, bodyLimit: 100 }));
      expect(response.status).toBe(status);
      expect(server.requests).toHaveLength(3);
      expect(clock.slept).toEqual([3125, 3125]);
      expect(server.connections()).toBeLessThanOrEqual(2);
    },
  );

  test('a body that breaks off is read again when it has a limit', async () => {
    const server = await scripted(
      { method: 'GET', path: '/', reply: { body: 'whole body', fault: 'truncate' } },
      { method: 'GET', path: '/', reply: { body: 'whole body' } },
    );
    const { wrap } = retrying(2);
    expect(await textOf(await wrap(wire())(ask(server.url, { bodyLimit: 100 })))).toBe('whole body');
  });

  test('without a limit it is the reader’s', async () => {
    const server = await scripted({
      method: 'GET',
      path: '/',
      reply: { body: 'whole body', fault: 'truncate' },
    });
    const { wrap } = retrying(2);
    const response = await wrap(wire())(ask(server.url));
    expect(await rejection(response.bytes(100))).toMatchObject({ code: 'BODY_TRUNCATED' });
  });

  test('resets are repeated, and one too many is thrown', async () => {
    const server = await scripted({ method: 'GET', path: '/', reply: { fault: 'reset' }, times: 3 });
    const { wrap } = retrying(2);
    expect(await rejection(wrap(wire())(ask(server.url)))).toMatchObject({ code: 'UNREACHABLE' });
  });

  test('silence is repeated as well', async () => {
    const server = await scripted(
      { method: 'GET', path: '/', reply: { fault: 'hang' } },
      { method: 'GET', path: '/', reply: { body: 'at last' } },
    );
    const { wrap } = retrying(1);
    expect(await textOf(await wrap(wire({ timeoutMs: 50 }))(ask(server.url)))).toBe('at last');
  });

  test.each(['PUT', 'POST', 'PATCH', 'DELETE'] as const)(
    '%s is sent once, whatever becomes of it',
    async (method) => {
      const server = await scripted(
        { method, path: '/503', reply: { status: 503 } },
        { method, path: '/reset', reply: { fault: 'reset' } },
      );
      const { wrap } = retrying(5);
      const request = { method, body: Buffer.from('x'), bodyLimit: 10 };
      expect((await wrap(wire())(ask(`${server.url}/503`, request))).status).toBe(503);
      expect(await rejection(wrap(wire())(ask(`${server.url}/reset`, request)))).toMatchObject({
        code: 'UNREACHABLE',
      });
    },
  );

  test('a write that may be repeated is, with the same bytes', async () => {
    const server = await scripted(
      { method: 'PUT', path: '/', reply: { status: 503 } },
      { method: 'PUT', path: '/', reply: { status: 201 } },
    );
    const { wrap } = retrying(5);
    const request = ask(server.url, {
      method: 'PUT',
      body: Buffer.from('x'),
      repeatable: true,
      bodyLimit: 10,
    });
    expect((await wrap(wire())(request)).status).toBe(201);
    expect(server.requests.map(({ body }) => String(body))).toEqual(['x', 'x']);
  });

  test('a stream is spent after one attempt, even when the caller says repeatable', async () => {
    const server = await scripted({ method: 'PUT', path: '/', reply: { status: 503 } });
    const { wrap } = retrying(5);
    const body = Readable.from([Buffer.from('x')]);
    const request = ask(server.url, { method: 'PUT', body, repeatable: true, bodyLimit: 10 });
    expect((await wrap(wire())(request)).status).toBe(503);
  });
});

describe('the rules', () => {
  test.each<[string, Partial<HttpRequest>, number]>([
    ['a request may ask for fewer', { maxRetries: 1 }, 2],
    ['none', { maxRetries: 0 }, 1],
    ['never for more', { maxRetries: 99 }, 4],
    ['not repeatable', { repeatable: false }, 1],
  ])('%s', async (_name, more, attempts) => {
    const { send, requests, open } = scriptedSend({ status: 502 });
    const response = await retrying(3).wrap(send)(ask('http://h/', more));
    expect(requests).toHaveLength(attempts);
    expect(open()).toBe(1);
    await response.discard();
  });

  test('answers that are repeated are let go of, the last one is not', async () => {
    const { send, open } = scriptedSend({ status: 503 }, { status: 429 }, { status: 200, body: 'x' });
    const response = await retrying(5).wrap(send)(ask('http://h/'));
    expect([response.status, open()]).toEqual([200, 1]);
  });

  test('429 and 503 hold back the whole host, 502 and faults do not', async () => {
    for (const [step, held] of [
      [{ status: 429, headers: { 'retry-after': '9' } }, true],
      [{ status: 503, headers: { 'retry-after': '9' } }, true],
      [{ status: 502, headers: { 'retry-after': '9' } }, false],
      [new TransportError('TIMEOUT', 'x'), false],
    ] as const) {
      const { limiter, clock } = retrying(1);
      const holds: number[] = [];
      const { send } = scriptedSend(step, {});
      const spied = { ...limiter, holdUntil: (time: number) => holds.push(time - clock.now()) };
      const response = await retryRequests({ ...DEFAULT_RETRY_LIMITS, retries: 1 }, spied, clock)(send)(
        ask('http://h/'),
      );
      await response.discard();
      expect(holds).toEqual(held ? [9125] : []);
    }
  });

  test('an interruption is not repeated, neither in the request nor in the pause', async () => {
    const reason = new AuditError('INTERRUPTED', 'interrupted');
    const { send, requests } = scriptedSend(reason);
    expect(await rejection(retrying(5).wrap(send)(ask('http://h/')))).toBe(reason);
    expect(requests).toHaveLength(1);

    const abort = new AbortController();
    const paused = scriptedSend({ status: 503 });
    const stopping = async (request: HttpRequest) => {
      const response = await paused.send(request);
      abort.abort(reason);
      return response;
    };
    expect(await rejection(retrying(5).wrap(stopping)(ask('http://h/', { signal: abort.signal })))).toBe(
      reason,
    );
    expect(paused.requests).toHaveLength(1);
    expect(paused.open()).toBe(0);
  });

  test('an error that is no TransportError is a defect and not repeated', async () => {
    const { send, requests } = scriptedSend(new TypeError('defect'));
    expect(await rejection(retrying(5).wrap(send)(ask('http://h/')))).toBeInstanceOf(TypeError);
    expect(requests).toHaveLength(1);
  });
});
