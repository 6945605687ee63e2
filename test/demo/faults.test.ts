import { readFileSync } from 'node:fs';
import { Client } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { makeTempDir, removeTempDir } from '../support/temp-dir.ts';
import { ask } from './client.ts';

let registry: EmbeddedRegistry;
beforeEach(async () => {
  registry = await startEmbeddedRegistry();
});
afterEach(() => registry.close());

test('a fault answers in the registry’s place, by count', async () => {
  registry.options.fault = ({ count }) =>
    count < 3 ? { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' } : undefined;
  const seen = [];
  for (let i = 0; i < 3; i++) seen.push((await ask('GET', `${registry.url}/v2/`)).status);
  expect(seen).toEqual([429, 429, 200]);
  expect(registry.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['GET', '/v2/', 429],
    ['GET', '/v2/', 429],
    ['GET', '/v2/', 200],
  ]);
});

test.each(['reset', 'truncate'] as const)('%s breaks the exchange', async (fault) => {
  registry.options.fault = () => fault;
  await expect(ask('GET', `${registry.url}/v2/`)).rejects.toThrow();
});

test('a fault hook that throws is reported as a 599, not as a broken connection', async () => {
  registry.options.fault = () => {
    throw new Error('a bug in the test');
  };
  expect(await ask('GET', `${registry.url}/v2/`)).toMatchObject({
    status: 599,
    text: 'embedded registry: a bug in the test\n',
  });
});

test('hang never answers, and close ends it', async () => {
  registry.options.fault = () => 'hang';
  const hung = expect(ask('GET', `${registry.url}/v2/`)).rejects.toThrow();
  while (registry.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await registry.close();
  await hung;
  expect(registry.requests[0]?.status).toBeNull();
});

test('HEADs share a connection, and requests are recorded with their Accept', async () => {
  const client = new Client(registry.url);
  const headers = { accept: 'a/b', authorization: 'Basic x' };
  for (let i = 0; i < 5; i++) {
    const { body } = await client.request({
      method: 'HEAD',
      path: '/v2/x/manifests/a',
      headers,
      reset: false,
    });
    await body.dump();
  }
  await client.close();
  expect(registry.connectionsOpened).toBe(1);
  expect(registry.requests).toHaveLength(5);
  expect(registry.requests[0]).toMatchObject({ accept: 'a/b', authorized: true, status: 404 });
});

test('https, with a certificate of the test’s own authority', async () => {
  const directory = makeTempDir('embedded-tls');
  const authority = makeAuthority(directory);
  const { keyFile, certFile } = makeCertificate(directory, authority);
  const [key, cert, ca] = [keyFile, certFile, authority.certFile].map((file) => readFileSync(file, 'utf8'));
  const secure = await startEmbeddedRegistry({ tls: { key, cert } });
  const client = new Client(secure.url, { connect: { ca } });
  const { statusCode, body } = await client.request({ method: 'GET', path: '/v2/' });
  expect([statusCode, await body.text()]).toEqual([200, '{}']);
  await client.close();
  await secure.close();
  removeTempDir(directory);
});
