import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ping, UNKNOWN_IDENTITY } from '../../src/registry/ping.ts';
import { rejection } from '../http/support/wire.ts';
import { connected, errorBody, scriptedRegistry } from './support/connected.ts';

const VERSION = 'gitlab-container-registry-version';
const FEATURES = 'gitlab-container-registry-features';
const DATABASE = 'gitlab-container-registry-database-enabled';
const API = 'docker-distribution-api-version';

describe('who answers', () => {
  test.each<[string, Readonly<Record<string, string>>, object]>([
    ['nobody known', {}, {}],
    ['an API of the wrong version', { [API]: 'registry/1.0' }, {}],
    ['Distribution and its like', { [API]: 'registry/2.0' }, { vendor: 'distribution' }],
    [
      'GitLab with everything',
      {
        [API]: 'registry/2.0',
        [VERSION]: '4.30.0-gitlab',
        [FEATURES]: 'tag_delete, x,,',
        [DATABASE]: 'true',
      },
      {
        vendor: 'gitlab',
        version: '4.30.0-gitlab',
        features: ['tag_delete', 'x'],
        database: true,
        tagDelete: 'yes',
      },
    ],
    [
      'GitLab without tag delete and database',
      { [VERSION]: '3.0.0', [FEATURES]: 'x', [DATABASE]: 'false' },
      { vendor: 'gitlab', version: '3.0.0', features: ['x'], database: false, tagDelete: 'no' },
    ],
    [
      'GitLab with no feature at all',
      { [VERSION]: '3', [FEATURES]: '' },
      { vendor: 'gitlab', version: '3', tagDelete: 'no' },
    ],
    ['GitLab of old', { [VERSION]: '2.7' }, { vendor: 'gitlab', version: '2.7' }],
    ['features alone prove nothing', { [FEATURES]: 'tag_delete', [DATABASE]: 'true' }, {}],
  ])('%s', async (_name, headers, expected) => {
    const { client } = await scriptedRegistry({
      method: 'GET',
      path: '/v2/',
      reply: { headers, body: '{}' },
    });
    expect(await ping(client)).toEqual({ kind: 'ok', identity: { ...UNKNOWN_IDENTITY, ...expected } });
  });

  test.each([
    ['gitlab', { vendor: 'gitlab', database: true, tagDelete: 'yes' }],
    ['distribution', { vendor: 'distribution', database: null, tagDelete: 'unknown' }],
  ] as const)('the embedded %s', async (flavour, identity) => {
    const registry = await startEmbeddedRegistry({ flavour, prefix: '/registry' });
    onTestFinished(registry.close);
    expect(await ping(connected(registry.url))).toMatchObject({ kind: 'ok', identity });
  });
});

describe('who does not', () => {
  test.each([
    [
      401,
      errorBody('UNAUTHORIZED', 'authentication required'),
      { code: 'UNAUTHORIZED', message: 'authentication required' },
    ],
    [403, errorBody('DENIED'), { code: 'DENIED', message: 'DENIED' }],
    [
      404,
      '<html>',
      { code: null, message: 'HTTP 404 with a body of no content type instead of a registry error' },
    ],
    [500, '', { code: null, message: 'HTTP 500 without a body' }],
  ])('%i', async (status, body, expected) => {
    const { client } = await scriptedRegistry({ method: 'GET', path: '/v2/', reply: { status, body } });
    expect(await ping(client)).toEqual({ kind: 'refused', refusal: { status, ...expected } });
  });

  test('fewer retries on first contact, never more', async () => {
    const { client, server } = await scriptedRegistry({
      method: 'GET',
      path: '/v2/',
      reply: { status: 503 },
      times: 5,
    });
    await ping(client, { maxRetries: 1 });
    expect(server.requests).toHaveLength(2);
    await ping(client, { maxRetries: 10 });
    expect(server.requests).toHaveLength(5);
  });

  test('an interruption', async () => {
    const { client } = await scriptedRegistry();
    const reason = new Error('interrupted');
    expect(await rejection(ping(client, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});
