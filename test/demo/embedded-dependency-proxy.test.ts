import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedDependencyProxy,
  startEmbeddedDependencyProxy,
} from '../../src/demo/embedded-dependency-proxy.ts';
import { dockerImage, dockerListOf, ociImage, ociIndexOf, storeImage } from '../../src/demo/images.ts';
import { ask } from './client.ts';

const IMAGE = 'grafana/mimir';
let proxy: EmbeddedDependencyProxy;
beforeEach(async () => {
  proxy = await startEmbeddedDependencyProxy();
});
afterEach(() => proxy.close());

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

async function pull(reference: string, group = 'group') {
  const answer = await ask('GET', `${proxy.url}/jwt/auth?service=dependency_proxy`, {
    headers: basic('user', 'password'),
  });
  const { token } = JSON.parse(answer.text) as { token: string };
  const url = `${proxy.url}/v2/${group}/dependency_proxy/containers/${IMAGE}/manifests/${reference}`;
  return ask('GET', url, { headers: { authorization: `Bearer ${token}`, accept: '*/*' } });
}

describe('a dependency proxy', () => {
  it('challenges for a token of its own service, and gives one to its users alone', async () => {
    const bare = await ask('GET', `${proxy.url}/v2/group/dependency_proxy/containers/${IMAGE}/manifests/1`);
    expect(bare.status).toBe(401);
    expect(bare.headers['www-authenticate']).toBe(
      `Bearer realm="${proxy.url}/jwt/auth",service="dependency_proxy"`,
    );
    const token = (query: string, headers: Record<string, string>) =>
      ask('GET', `${proxy.url}/jwt/auth?service=${query}`, { headers }).then(({ status }) => status);
    expect(await token('dependency_proxy', basic('user', 'wrong'))).toBe(401);
    expect(await token('dependency_proxy', basic('__proto__', 'x'))).toBe(401);
    expect(await token('container_registry', basic('user', 'password'))).toBe(401);
    expect(await token('dependency_proxy', {})).toBe(401);
  });

  it.each([false, true])('gives images and platform digests, fixed: %s', async (fixed) => {
    proxy.options.fixed = fixed;
    const index = ociIndexOf('a');
    storeImage(proxy.upstream, IMAGE, dockerImage('a'), 'docker');
    storeImage(proxy.upstream, IMAGE, ociImage('a'), 'oci');
    storeImage(proxy.upstream, IMAGE, index, 'index');
    for (const reference of ['docker', 'oci', index.manifests[0]?.digest ?? ''])
      expect((await pull(reference)).status).toBe(200);
    storeImage(proxy.upstream, IMAGE, dockerListOf('a'), 'list');
    const list = await pull('list');
    expect(list.headers['docker-content-digest']).toBe(dockerListOf('a').manifests[0]?.digest);
  });

  it('answers an OCI index with a page before the fix, and with the index after it', async () => {
    storeImage(proxy.upstream, IMAGE, ociIndexOf('a'), 'index');
    const before = await pull('index');
    expect(before).toMatchObject({ status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(before.text).toMatch(/^<!DOCTYPE html>/);
    proxy.options.fixed = true;
    const after = await pull('index');
    expect(after).toMatchObject({
      status: 200,
      headers: { 'docker-content-digest': ociIndexOf('a').digest },
    });
  });

  it('answers with a page for another group, for an unknown image, and when it is off', async () => {
    storeImage(proxy.upstream, IMAGE, ociImage('a'), 'oci');
    expect((await pull('oci', 'other')).status).toBe(404);
    expect((await pull('unknown')).status).toBe(404);
    proxy.options.enabled = false;
    expect((await pull('oci')).text).toMatch(/^<!DOCTYPE html>/);
  });
});
