import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import { ask } from './client.ts';

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
let registry: EmbeddedRegistry;
let now = 0;

beforeEach(async () => {
  now = Date.parse('2026-11-21T23:58:44Z');
  registry = await startEmbeddedRegistry({
    now: () => now,
    users: {
      admin: { password: 'secret' },
      reader: { password: 'read', access: { 'group/project': ['pull'] } },
    },
  });
  storeImage(registry.storage, 'group/project', ociImage('one'), 'one');
});
afterEach(() => registry.close());

const tags = () => `${registry.url}/v2/group/project/tags/list`;

describe('basic', () => {
  test.each<[string, Record<string, string>, string, number]>([
    ['nobody', {}, '/v2/', 401],
    ['a wrong password', basic('admin:no'), '/v2/', 401],
    ['the right one', basic('admin:secret'), '/v2/', 200],
    ['a reader of the repository', basic('reader:read'), '/v2/group/project/tags/list', 200],
    ['a reader of another', basic('reader:read'), '/v2/other/tags/list', 403],
  ])('%s', async (_name, headers, path, status) => {
    registry.options.auth = 'basic';
    const answer = await ask('GET', `${registry.url}${path}`, { headers });
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Basic realm="embedded-registry"');
  });
});

describe('token', () => {
  beforeEach(() => {
    registry.options.auth = 'token';
  });

  async function token(credentials: string | null, scope: string): Promise<Record<string, string>> {
    const url = `${registry.url}/jwt/auth?service=container_registry&scope=${scope}`;
    const { status, text } = await ask('GET', url, {
      headers: credentials === null ? {} : basic(credentials),
    });
    expect(status).toBe(200);
    return { authorization: `Bearer ${(JSON.parse(text) as { token: string }).token}` };
  }

  test('the challenge names realm, service and scope', async () => {
    const { status, headers } = await ask('GET', tags());
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe(
      `Bearer realm="${registry.url}/jwt/auth",service="container_registry",scope="repository:group/project:pull"`,
    );
    const put = await ask('PUT', `${registry.url}/v2/group/project/manifests/x`, { body: '{}' });
    expect(put.headers['www-authenticate']).toContain('scope="repository:group/project:pull,push"');
    const catalog = await ask('GET', `${registry.url}/v2/_catalog`);
    expect(catalog.headers['www-authenticate']).toContain('scope="registry:catalog:*"');
  });

  test('a token works until it expires', async () => {
    const headers = await token('admin:secret', 'repository:group/project:pull');
    expect((await ask('GET', tags(), { headers })).status).toBe(200);
    now += 300_000;
    const late = await ask('GET', tags(), { headers });
    expect([late.status, late.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
    expect(late.headers.date).toBe('Sun, 22 Nov 2026 00:03:44 GMT');
  });

  test('a token holds no more than the user may', async () => {
    const headers = await token('reader:read', 'repository:group/project:pull,push');
    expect((await ask('GET', tags(), { headers })).status).toBe(200);
    const put = await ask('PUT', `${registry.url}/v2/group/project/manifests/x`, { headers, body: '{}' });
    expect(put.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });

  test('wrong credentials get none; anonymous ones by switch; refused tokens say so', async () => {
    const url = `${registry.url}/jwt/auth?service=container_registry`;
    expect((await ask('GET', url, { headers: basic('admin:no') })).status).toBe(401);
    expect((await ask('GET', url)).status).toBe(401);
    registry.options.anonymousPull = true;
    const headers = await token(null, 'repository:group/project:pull');
    expect((await ask('GET', tags(), { headers })).status).toBe(200);
    registry.options.refuseTokens = true;
    expect((await ask('GET', tags(), { headers })).headers['www-authenticate']).toContain('invalid_token');
  });
});
