import { describe, expect, onTestFinished, test } from 'vitest';
import { createTransport, type TransportOptions } from '../../src/http/transport.ts';
import { createLogger, SILENT } from '../../src/logger.ts';
import { type Expectation, startScriptedServer } from '../support/scripted-server.ts';
import { fakeClock } from './support/fake-clock.ts';
import { ask, rejection } from './support/wire.ts';

function transport(options: Partial<TransportOptions> = {}) {
  const clock = fakeClock();
  const made = createTransport({
    concurrency: 3,
    ratePerSecond: null,
    retries: 2,
    clock,
    logger: SILENT,
    timeoutMs: 5000,
    flag: (ending) => `--primary-${ending}`,
    ...options,
  });
  onTestFinished(made.close);
  return { ...made, clock };
}

async function scripted(...lines: Expectation[]) {
  const server = await startScriptedServer(lines);
  onTestFinished(async () => {
    await server.close();
    server.assertDone();
  });
  return server;
}

describe('the wrappers together', () => {
  test('each hop of a redirect has its own retries', async () => {
    const server = await scripted(
      { method: 'GET', path: '/from', reply: { status: 503 }, times: 2 },
      { method: 'GET', path: '/from', reply: { status: 307, headers: { location: '/to' } } },
      { method: 'GET', path: '/to', reply: { status: 503 }, times: 2 },
      { method: 'GET', path: '/to', reply: { body: 'ok' } },
    );
    const { send } = transport();
    expect((await send(ask(`${server.url}/from`, { bodyLimit: 10 }))).status).toBe(200);
  });

  test('no more in flight than allowed, while requests are refused, redirected and repeated', async () => {
    let running = 0;
    let most = 0;
    const server = await scripted({
      method: 'GET',
      path: /^\//,
      reply: async ({ path }) => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => setImmediate(resolve));
        running--;
        const [, index = '', hop] = path.split('/');
        if (hop === undefined) return { status: 307, headers: { location: `/${index}/1` }, body: 'moved' };
        return Number(index) % 5 === 0 && hop === '1'
          ? { status: 302, headers: { location: `/${index}/2` } }
          : { body: 'ok' };
      },
      times: 'any',
    });
    const { send, limiter } = transport();
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const response = await send(ask(`${server.url}/${index}`));
        await response.bytes(10);
      }),
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(limiter.inFlight()).toBe(0);
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  test('a pause holds back the requests of everybody', async () => {
    const server = await scripted(
      { method: 'GET', path: '/busy', reply: { status: 429, headers: { 'retry-after': '60' } } },
      { method: 'GET', path: '/busy', reply: {} },
      { method: 'GET', path: '/other', reply: {} },
    );
    const { send, limiter, clock } = transport();
    const start = clock.now();
    await send(ask(`${server.url}/busy`, { bodyLimit: 10 }));
    limiter.holdUntil(start + 200_000);
    await send(ask(`${server.url}/other`, { bodyLimit: 10 }));
    expect(clock.now() - start).toBeGreaterThanOrEqual(200_000);
    expect(server.requests.map(({ path }) => path)).toEqual(['/busy', '/busy', '/other']);
  });

  test('every attempt is logged, and nothing secret', async () => {
    const server = await scripted(
      { method: 'GET', path: '/?sig=s3cret', reply: { status: 503 } },
      { method: 'GET', path: '/?sig=s3cret', reply: { fault: 'reset' } },
      { method: 'GET', path: '/?sig=s3cret', reply: { body: 's3cret' } },
    );
    const lines: string[] = [];
    const { send } = transport({
      logger: createLogger('debug', () => ({ write: (line) => lines.push(line) })),
    });
    await send(
      ask(`${server.url}/?sig=s3cret`, { headers: { authorization: 'Bearer s3cret' }, bodyLimit: 10 }),
    );
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('s3cret');
  });

  test('an interruption while held ends at once', async () => {
    const { send, limiter, clock } = transport();
    limiter.holdUntil(clock.now() + 1000);
    const reason = new Error('interrupted');
    expect(await rejection(send(ask('http://127.0.0.1:1/', { signal: AbortSignal.abort(reason) })))).toBe(
      reason,
    );
  });
});
