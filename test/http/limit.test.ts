import { describe, expect, test } from 'vitest';
import { TransportError } from '../../src/errors.ts';
import { createHostLimiter } from '../../src/http/host-limiter.ts';
import { limitRequests } from '../../src/http/limit.ts';
import type { HttpRequest, HttpResponse } from '../../src/http/message.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { fakeClock } from './support/fake-clock.ts';
import { type Step, scriptedSend } from './support/scripted-send.ts';
import { ask, rejection, wire } from './support/wire.ts';

const limited = (step: Step) => {
  const limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock: fakeClock() });
  return { limiter, send: limitRequests(limiter)(scriptedSend(step).send) };
};

describe('a place is held until the body is done with', () => {
  test.each<[string, (response: HttpResponse) => Promise<unknown>]>([
    ['read', (response) => response.bytes(10)],
    ['let go of', (response) => response.discard()],
    [
      'streamed to its end',
      async (response) => {
        for await (const _ of response.stream());
      },
    ],
    [
      'a stream that is destroyed',
      (response) =>
        new Promise((resolve) => {
          response.stream().once('close', resolve).destroy();
        }),
    ],
  ])('%s', async (_name, finish) => {
    const { limiter, send } = limited({ body: 'x' });
    const response = await send(ask('http://h/'));
    expect(limiter.inFlight()).toBe(1);
    await finish(response);
    expect(limiter.inFlight()).toBe(0);
  });

  test.each<[string, Step, Partial<HttpRequest>]>([
    ['a HEAD', {}, { method: 'HEAD' }],
    ['a body read beforehand', {}, { bodyLimit: 10 }],
    ['a refusal', { status: 401 }, {}],
    ['a refused write', { status: 400 }, { method: 'PUT' }],
  ])('%s holds none', async (_name, step, more) => {
    const { limiter, send } = limited(step);
    const response = await send(ask('http://h/', more));
    expect(limiter.inFlight()).toBe(0);
    await response.discard();
    expect(limiter.inFlight()).toBe(0);
  });
});

test('a fault gives the place back', async () => {
  const { limiter, send } = limited(new TransportError('TIMEOUT', 'x'));
  expect(await rejection(send(ask('http://h/')))).toMatchObject({ code: 'TIMEOUT' });
  expect(limiter.inFlight()).toBe(0);
});

test('over sockets: a broken body gives the place back, read or streamed', async () => {
  const server = await startScriptedServer([
    { method: 'GET', path: '/', reply: { body: 'whole body', fault: 'truncate' }, times: 2 },
  ]);
  const limiter = createHostLimiter({ concurrency: 1, ratePerSecond: null, clock: fakeClock() });
  const send = limitRequests(limiter)(wire());
  const first = await send(ask(server.url));
  await rejection(first.bytes(100));
  expect(limiter.inFlight()).toBe(0);
  const second = await send(ask(server.url));
  await rejection(
    (async () => {
      for await (const _ of second.stream());
    })(),
  );
  expect(limiter.inFlight()).toBe(0);
  await server.close();
});
