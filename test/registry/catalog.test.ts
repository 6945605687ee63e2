import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { anonymousCredential, basicCredential } from '../../src/auth/credential.ts';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import { SILENT } from '../../src/logger.ts';
import { catalogRefusal, listCatalog } from '../../src/registry/catalog.ts';
import { connectRegistry } from '../../src/registry/connect-registry.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function clientOf(
  url: string,
  credential = anonymousCredential() as Parameters<typeof connectRegistry>[0]['credential'],
) {
  const connection = connectRegistry({
    url: new URL(`${url}/`),
    credential,
    concurrency: 4,
    ratePerSecond: null,
    retries: 0,
    timeoutMs: 10_000,
    clock: SYSTEM_CLOCK,
    logger: SILENT,
    flag: (ending) => `--${ending}`,
  });
  closers.push(connection.close);
  return connection.client;
}

async function scripted(...lines: Parameters<typeof startScriptedServer>[0] & object) {
  const server = await startScriptedServer(lines);
  closers.push(server.close);
  return server;
}

describeReal('the catalog of Distribution', () => {
  let registry: RealRegistry;
  const paths = ['a', 'group/one', 'group/two/deep', 'zebra'];

  beforeAll(async () => {
    registry = await startRealRegistry();
    for (const path of paths) await pushImage(registry, path, ociImage('one'), ['v1']);
  });
  afterAll(() => registry?.stop());

  test('lists every repository', async () => {
    expect(await listCatalog(clientOf(registry.url), 'the site')).toEqual({
      kind: 'listed',
      paths,
      illegal: [],
    });
  });

  test('pages where it takes no more than two a page', async () => {
    const small = await startRealRegistry({ root: registry.root, config: { catalog: { maxentries: 2 } } });
    closers.push(small.stop);
    expect(await listCatalog(clientOf(small.url), 'the site')).toEqual({
      kind: 'listed',
      paths,
      illegal: [],
    });
  });

  test('may be read', async () => {
    expect(await catalogRefusal(clientOf(registry.url))).toBeNull();
  });
});

describe('the catalog', () => {
  test('is asked for with the scope registry:catalog:*', async () => {
    const registry = await startEmbeddedRegistry({
      auth: 'token',
      users: { all: { password: 'x' }, puller: { password: 'x', access: { '*': ['pull'] } } },
    });
    closers.push(registry.close);
    storeImage(registry.storage, 'group/one', ociImage('one'), 'v1');
    const as = (username: string) =>
      clientOf(registry.url, basicCredential({ username, password: 'x', source: 'test' }));
    expect(await listCatalog(as('all'), 'the site')).toMatchObject({ paths: ['group/one'] });
    expect(await listCatalog(as('puller'), 'the site')).toMatchObject({
      kind: 'refused',
      refusal: { status: 401 },
    });
    expect(await catalogRefusal(as('puller'))).toMatchObject({ status: 401 });
  });

  test('tells paths that break the grammar apart, and counts each once', async () => {
    const server = await scripted({
      method: 'GET',
      path: '/v2/_catalog?n=1000',
      reply: { body: { repositories: ['b', 'a/../b', 'Upper/case', '', 'b', 'a', 7] } },
    });
    expect(await listCatalog(clientOf(server.url), 'the site')).toEqual({
      kind: 'listed',
      paths: ['b', 'a'],
      illegal: ['a/../b', 'Upper/case', '', '7'],
    });
  });

  test('may be null: no repositories', async () => {
    const server = await scripted({
      method: 'GET',
      path: /_catalog/,
      reply: { body: { repositories: null } },
    });
    expect(await listCatalog(clientOf(server.url), 'the site')).toMatchObject({ kind: 'listed', paths: [] });
  });

  test('that breaks off after a page is refused as a whole', async () => {
    const server = await scripted(
      {
        method: 'GET',
        path: '/v2/_catalog?n=1000',
        reply: { body: { repositories: ['a'] }, headers: { link: '</v2/_catalog?last=a>; rel="next"' } },
      },
      { method: 'GET', path: '/v2/_catalog?last=a', reply: { status: 500 } },
    );
    expect(await listCatalog(clientOf(server.url), 'the site')).toMatchObject({
      kind: 'refused',
      refusal: { status: 500 },
    });
  });

  test('that goes on without bringing anything new is an error', async () => {
    let page = 0;
    const server = await scripted({
      method: 'GET',
      path: /_catalog/,
      times: 'any',
      reply: () => ({
        body: { repositories: ['a'] },
        headers: { link: `</v2/_catalog?last=${page++}>; rel="next"` },
      }),
    });
    await expect(listCatalog(clientOf(server.url), 'the site')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('of another shape is an error', async () => {
    const server = await scripted({ method: 'GET', path: /_catalog/, reply: { body: { tags: [] } } });
    await expect(listCatalog(clientOf(server.url), 'the primary site')).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('list the repositories of the primary site'),
    });
  });
});
