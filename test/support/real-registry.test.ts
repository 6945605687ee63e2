import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NARROW, WIDE } from '../../src/core/accept.ts';
import { dockerImage, dockerListOf, ociImage, ociIndexOf, schema1Image } from '../../src/demo/images.ts';
import { type KeyPairFiles, makeAuthority, makeCertificate } from './certificates.ts';
import { pushBlob, pushImage, putManifest } from './push.ts';
import { describeReal, findRegistryBinary, type RealRegistry, startRealRegistry } from './real-registry.ts';
import {
  addTagLinks,
  breakTagLink,
  listTagLinks,
  removeBlobData,
  removeBlobLink,
  removeRevision,
  writeTagLink,
} from './registry-storage.ts';
import { makeTempDir } from './temp-dir.ts';

const PATH = 'group/project';
const started: RealRegistry[] = [];

async function start(...args: Parameters<typeof startRealRegistry>): Promise<RealRegistry> {
  const registry = await startRealRegistry(...args);
  started.push(registry);
  return registry;
}

async function head(
  registry: RealRegistry,
  reference: string,
  accept = WIDE.header,
): Promise<[number, unknown]> {
  const response = await request(`${registry.url}/v2/${PATH}/manifests/${reference}`, {
    method: 'HEAD',
    headers: { accept },
    reset: false,
  });
  await response.body.dump();
  return [response.statusCode, response.headers['docker-content-digest']];
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((registry) => registry.stop()));
});

describe('without a binary', () => {
  test('the error says how to get one', async () => {
    const before = process.env.REGISTRY_BIN;
    process.env.REGISTRY_BIN = 'no-such-registry';
    try {
      expect(() => findRegistryBinary()).toThrow(
        /no registry binary.*apt-get install docker-registry.*SKIP_REAL_REGISTRY=1/,
      );
    } finally {
      if (before === undefined) delete process.env.REGISTRY_BIN;
      else process.env.REGISTRY_BIN = before;
    }
  });
});

describeReal('a real registry', () => {
  test('takes every kind of image, and curl sees the same digests', async () => {
    const registry = await start({ config: { compatibility: { schema1: { enabled: true } } } });
    const images = {
      docker: dockerImage('a'),
      oci: ociImage('a'),
      index: ociIndexOf('a'),
      list: dockerListOf('a'),
    };
    for (const [tag, image] of Object.entries(images)) {
      await pushImage(registry, PATH, image, [tag]);
      const headers = execFileSync(
        'curl',
        [
          '-sSI',
          '--noproxy',
          '*',
          '-H',
          `Accept: ${WIDE.header}`,
          `${registry.url}/v2/${PATH}/manifests/${tag}`,
        ],
        { encoding: 'utf8' },
      );
      expect(headers.toLowerCase()).toContain(`docker-content-digest: ${image.digest}`);
    }
    expect([...listTagLinks(registry.root, PATH)]).toEqual(
      Object.entries(images)
        .map(([tag, image]) => [tag, image.digest])
        .sort(),
    );
    expect(await head(registry, 'index', NARROW.header)).toEqual([404, undefined]);
    expect(await head(registry, 'list', NARROW.header)).toEqual([200, images.list.manifests[0]?.digest]);
    expect(registry.logs()).toContain('/v2/group/project/manifests/index');
  });

  test('schema 1 is refused by default', async () => {
    const registry = await start();
    await expect(pushImage(registry, PATH, schema1Image('a', PATH, 'old'), ['old'])).rejects.toThrow(
      /PUT .* instead of 201/,
    );
  });

  test('faults in its storage show at once', async () => {
    const registry = await start();
    const [one, two, index] = [ociImage('one'), ociImage('two'), ociIndexOf('three')];
    await pushImage(registry, PATH, one, ['one', 'one-too']);
    await pushImage(registry, PATH, two, ['two']);
    await pushImage(registry, PATH, index, ['index']);

    breakTagLink(registry.root, PATH, 'one');
    expect(await head(registry, 'one')).toEqual([500, undefined]);
    expect(await head(registry, 'one-too')).toEqual([200, one.digest]);
    writeTagLink(registry.root, PATH, 'one', one.digest);
    expect(await head(registry, 'one')).toEqual([200, one.digest]);

    removeRevision(registry.root, PATH, two.digest);
    expect(await head(registry, 'two')).toEqual([404, undefined]);

    removeRevision(registry.root, PATH, index.manifests[0]?.digest ?? '');
    expect(await head(registry, 'index')).toEqual([200, index.digest]);

    const blob = one.blobs[0]?.digest ?? '';
    const other = one.blobs[1]?.digest ?? '';
    removeBlobLink(registry.root, PATH, blob);
    removeBlobData(registry.root, other);
    for (const digest of [blob, other]) {
      const response = await request(`${registry.url}/v2/${PATH}/blobs/${digest}`);
      await response.body.dump();
      expect(response.statusCode).toBe(404);
    }
    expect(() => breakTagLink(registry.root, PATH, 'never-pushed')).toThrow('ENOENT');
  });

  test('thousands of tags are there at once', async () => {
    const registry = await start();
    const image = ociIndexOf('many');
    await pushImage(registry, PATH, image);
    const tags = Array.from({ length: 3000 }, (_, index) => `v${index}`);
    addTagLinks(registry.root, PATH, image.digest, tags);
    const response = await request(`${registry.url}/v2/${PATH}/tags/list`);
    const listed = (await response.body.json()) as { tags: string[] };
    expect(new Set(listed.tags)).toEqual(new Set(tags));
    expect(await head(registry, 'v2999')).toEqual([200, image.digest]);
  });

  test('basic authentication, deletion off, maintenance', async () => {
    const [closed, undeletable, readOnly] = await Promise.all([
      start({ htpasswd: { username: 'user', password: 'secret' } }),
      start({ deleteEnabled: false }),
      start({ readOnly: true }),
    ]);
    const image = dockerImage('a');
    await expect(pushImage(closed, PATH, image, ['x'])).rejects.toThrow('401');
    const authorization = `Basic ${Buffer.from('user:secret').toString('base64')}`;
    await pushImage({ url: closed.url, headers: { authorization } }, PATH, image, ['x']);

    await pushImage(undeletable, PATH, image, ['x']);
    const refused = await request(`${undeletable.url}/v2/${PATH}/manifests/${image.digest}`, {
      method: 'DELETE',
    });
    await refused.body.dump();
    expect(refused.statusCode).toBe(405);

    await expect(pushImage(readOnly, PATH, image, ['x'])).rejects.toThrow('405');
  });

  test('comes back on its port with its storage', async () => {
    const root = makeTempDir('kept');
    const first = await startRealRegistry({ root });
    const image = dockerImage('a');
    await pushImage(first, PATH, image, ['x']);
    await first.stop();
    expect(first.process.signalCode).toBe('SIGKILL');
    const again = await start({ root, port: Number(new URL(first.url).port) });
    expect(await head(again, 'x')).toEqual([200, image.digest]);
  });

  test('a configuration it does not take is an error with its own words', async () => {
    await expect(
      startRealRegistry({ config: { storage: { filesystem: null, nonsense: {} } } }),
    ).rejects.toThrow(/ended before it answered:[\s\S]*storage/);
  });

  test('a refused manifest is an error with the answer', async () => {
    const registry = await start();
    const index = ociIndexOf('a');
    const top = index.manifests.at(-1);
    if (top === undefined) throw new Error('no manifest');
    await expect(putManifest(registry, PATH, 'x', top)).rejects.toThrow('MANIFEST_BLOB_UNKNOWN');
    const bytes = Buffer.from('x');
    await expect(pushBlob(registry, PATH, { bytes, digest: top.digest })).rejects.toThrow('DIGEST_INVALID');
  });

  describe('with certificates', () => {
    const directory = makeTempDir('certificates');
    let authority: KeyPairFiles;
    let server: KeyPairFiles;
    beforeAll(() => {
      authority = makeAuthority(directory);
      server = makeCertificate(directory, authority);
    });

    test('serves https', async () => {
      const registry = await start({ tls: server });
      await pushImage(registry, PATH, dockerImage('a'), ['x']);
      const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
      const response = await request(`${registry.url}/v2/`, { dispatcher });
      await response.body.dump();
      await dispatcher.close();
      expect(response.statusCode).toBe(200);
    });

    test('can want a client certificate', async () => {
      const registry = await start({ tls: { ...server, clientCaFiles: [authority.certFile] } });
      await expect(pushImage(registry, PATH, dockerImage('a'))).rejects.toThrow();
    });

    test('wants a token', async () => {
      const registry = await start({
        token: {
          realm: 'http://127.0.0.1:1/jwt/auth',
          service: 'container_registry',
          issuer: 'omnibus-gitlab-issuer',
          rootcertbundle: join(directory, 'ca.crt'),
        },
      });
      const response = await request(`${registry.url}/v2/`);
      await response.body.dump();
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toContain('Bearer realm="http://127.0.0.1:1/jwt/auth"');
    });
  });
});
