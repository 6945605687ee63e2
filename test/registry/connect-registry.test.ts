import { describe, expect, onTestFinished, test } from 'vitest';
import { basicCredential } from '../../src/auth/credential.ts';
import { WIDE } from '../../src/core/accept.ts';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import type { RegistryOptions } from '../../src/demo/registry-options.ts';
import { headManifest } from '../../src/registry/manifests.ts';
import { ping } from '../../src/registry/ping.ts';
import { urlOf } from '../../src/registry/registry-client.ts';
import { listTags } from '../../src/registry/tags.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { connected, scriptedRegistry } from './support/connected.ts';

const NAMES = Array.from({ length: 100 }, (_, index) => `t${String(index).padStart(3, '0')}`);

async function filled(options: Partial<RegistryOptions> = {}): Promise<EmbeddedRegistry> {
  const registry = await startEmbeddedRegistry(options);
  onTestFinished(registry.close);
  for (const name of NAMES) storeImage(registry.storage, 'group/project', ociImage(name), name);
  return registry;
}

describe('a registry that throttles', () => {
  test.each(['0', '1'])(
    'answers every tenth request with 429 and Retry-After %s: all is read, with no more in flight than allowed',
    async (retryAfter) => {
      let asked = 0;
      let running = 0;
      let most = 0;
      const registry = await filled({
        maxPageSize: 20,
        fault: async () => {
          most = Math.max(most, ++running);
          await new Promise<void>((resolve) => setImmediate(resolve));
          running--;
          return ++asked % 10 === 0 ? { status: 429, headers: { 'Retry-After': retryAfter } } : undefined;
        },
      });
      const client = connected(registry.url, { concurrency: 3, retries: 8 });
      const listing = await listTags(client, 'group/project');
      expect(listing).toMatchObject({ kind: 'listed', names: NAMES, firstPage: 20 });
      const heads = await Promise.all(NAMES.map((name) => headManifest(client, 'group/project', name, WIDE)));
      expect(heads.filter(({ kind }) => kind === 'found')).toHaveLength(NAMES.length);
      expect(most).toBeLessThanOrEqual(3);
      expect(registry.connectionsOpened).toBeLessThanOrEqual(3);
      expect(registry.requests.filter(({ status }) => status === 429).length).toBeGreaterThan(9);
    },
  );

  test('answers 503 for ever: it ends, after two retries for each request', async () => {
    const registry = await filled({ fault: () => ({ status: 503 }) });
    const client = connected(registry.url, { retries: 2 });
    expect(await listTags(client, 'group/project')).toMatchObject({
      kind: 'refused',
      refusal: { status: 503 },
    });
    expect(await headManifest(client, 'group/project', 't000', WIDE)).toEqual({
      kind: 'refused',
      status: 503,
    });
    expect(registry.requests).toHaveLength(6);
  });

  test('asks for a pause nobody can wait for: given up at once', async () => {
    const registry = await filled({ fault: () => ({ status: 503, headers: { 'Retry-After': '86400' } }) });
    expect(await ping(connected(registry.url))).toMatchObject({ kind: 'refused', refusal: { status: 503 } });
    expect(registry.requests).toHaveLength(1);
  });
});

describe('authentication on top', () => {
  const users = { user: { password: 'secret' } };
  const credential = basicCredential({ username: 'user', password: 'secret', source: 'test' });

  test.each(['basic', 'token'] as const)('%s, below a path prefix', async (auth) => {
    const registry = await filled({ auth, users, prefix: '/registry', maxPageSize: 30 });
    const client = connected(registry.url, { credential, clock: SYSTEM_CLOCK });
    expect(await listTags(client, 'group/project')).toMatchObject({ kind: 'listed', names: NAMES });
  });

  test('as many 401s as there are places do not keep the token request waiting', async () => {
    const registry = await filled({ auth: 'token', users });
    const client = connected(registry.url, { credential, concurrency: 2, clock: SYSTEM_CLOCK });
    const statuses = await Promise.all(
      NAMES.slice(0, 6).map(async (name) => {
        // No body limit: these are streams, which hold their place until they are read.
        const response = await client.send({
          method: 'GET',
          url: urlOf(client, `v2/group/project/manifests/${name}`),
          headers: { accept: WIDE.header },
          purpose: 'read a thing',
          scopes: ['repository:group/project:pull'],
        });
        await response.discard();
        return response.status;
      }),
    );
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
  });

  test('no credential follows a redirect or a Link to another origin', async () => {
    const other = await startScriptedServer([
      { method: 'GET', path: '/stolen', headers: { authorization: null }, reply: { body: { tags: ['a'] } } },
    ]);
    onTestFinished(async () => {
      await other.close();
      other.assertDone();
    });
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    const { server } = await scriptedRegistry(
      { method: 'GET', path: '/v2/a/tags/list?n=10000', reply: challenge },
      {
        method: 'GET',
        path: '/v2/a/tags/list?n=10000',
        headers: { authorization: /^Basic / },
        reply: { status: 307, headers: { location: `${other.url}/stolen` } },
      },
      {
        method: 'GET',
        path: '/v2/b/tags/list?n=10000',
        headers: { authorization: /^Basic / },
        reply: { body: { tags: ['a'] }, headers: { link: `<${other.url}/v2/>; rel="next"` } },
      },
    );
    const client = connected(server.url, { credential });
    await listTags(client, 'a');
    await expect(listTags(client, 'b')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });
});

test('the base keeps its prefix', () => {
  expect(connected('http://127.0.0.1:1/registry').base.href).toBe('http://127.0.0.1:1/registry/');
});
