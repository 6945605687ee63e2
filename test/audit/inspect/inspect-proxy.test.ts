import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectProxy } from '../../../src/audit/inspect/inspect-proxy.ts';
import { anonymousCredential, basicCredential } from '../../../src/auth/credential.ts';
import { parseReference } from '../../../src/core/reference.ts';
import {
  type EmbeddedDependencyProxy,
  startEmbeddedDependencyProxy,
} from '../../../src/demo/embedded-dependency-proxy.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { type BuiltImage, dockerListOf, ociImage, ociIndexOf, storeImage } from '../../../src/demo/images.ts';
import { SILENT } from '../../../src/logger.ts';
import { connectRegistry } from '../../../src/registry/connect-registry.ts';
import { proxyInspectionTable } from '../../../src/reporters/inspect/proxy-table.ts';
import { skippingClock } from '../support/scan-embedded.ts';

const IMAGE = 'grafana/mimir';
const BEHIND = `group/dependency_proxy/containers/${IMAGE}`;
let upstream: EmbeddedRegistry;
let proxy: EmbeddedDependencyProxy;
beforeEach(async () => {
  upstream = await startEmbeddedRegistry({ flavour: 'distribution' });
  proxy = await startEmbeddedDependencyProxy({ upstream: upstream.storage });
});
afterEach(async () => {
  await Promise.all([upstream.close(), proxy.close()]);
});

const put = (image: BuiltImage, tag = 'latest') => storeImage(upstream.storage, IMAGE, image, tag);

async function look(options: { upstream?: boolean; password?: string; reference?: string } = {}) {
  const connect = (url: string, isProxy: boolean) =>
    connectRegistry({
      url: new URL(`${url}/`),
      credential: isProxy
        ? basicCredential({ username: 'user', password: options.password ?? 'password', source: 'test' })
        : anonymousCredential(),
      concurrency: 4,
      ratePerSecond: null,
      retries: 0,
      timeoutMs: 2000,
      clock: skippingClock(),
      logger: SILENT,
      flag: (ending) => `--${ending}`,
    });
  const front = connect(proxy.url, true);
  const source = connect(upstream.url, false);
  const named = (path: string) => {
    const parsed = parseReference(`${path}${options.reference ?? ':latest'}`);
    if (parsed === null) throw new Error('no reference');
    return parsed;
  };
  try {
    return await inspectProxy(
      { client: front.client, reference: named(BEHIND) },
      options.upstream === false ? null : { client: source.client, reference: named(IMAGE) },
    );
  } finally {
    await Promise.all([front.close(), source.close()]);
  }
}

const textOf = (found: Awaited<ReturnType<typeof look>>) =>
  [...proxyInspectionTable(found, { color: false, width: null })].join('');

describe('before the fix', () => {
  it('an OCI index is hidden: the cause, the page, and the digests to pull instead', async () => {
    const index = ociIndexOf('a');
    put(index);
    const found = await look();
    expect(found).toMatchObject({
      verdict: 'HIDES_INDEX',
      causes: ['DEPENDENCY_PROXY_INDEX'],
      answer: { kind: 'page', status: 404, digest: null },
      platformAnswer: { kind: 'manifest', asked: index.manifests[0]?.digest },
      upstream: { isIndex: true, digest: index.digest },
      errors: [],
    });
    expect(found.answer?.message).toMatch(
      /^The page you're looking for could not be found \(404\) 404 The page/,
    );
    const host = proxy.url.replace('http://', '');
    expect(found.pull).toEqual([
      { platform: 'linux/amd64', command: `docker pull ${host}/${BEHIND}@${index.manifests[0]?.digest}` },
      { platform: 'linux/arm64', command: `docker pull ${host}/${BEHIND}@${index.manifests[1]?.digest}` },
    ]);
    expect(textOf(found)).toContain('HIDES_INDEX  DEPENDENCY_PROXY_INDEX');
  });

  it('without upstream the same answer is a guess, worded as one, and no cause', async () => {
    put(ociIndexOf('a'));
    const found = await look({ upstream: false });
    expect(found).toMatchObject({ verdict: 'REFUSES', causes: [], upstream: null, pull: [] });
    expect(found.says).toMatch(/perhaps the image is an index/);
  });

  it('an image and a digest of a platform are given', async () => {
    put(ociImage('a'));
    expect(await look()).toMatchObject({ verdict: 'ANSWERS', causes: [], pull: [] });
    put(ociIndexOf('b'));
    const reference = `@${ociIndexOf('b').manifests[1]?.digest}`;
    expect(await look({ reference })).toMatchObject({ verdict: 'ANSWERS' });
  });

  it('a Docker list comes as one platform, said so', async () => {
    put(dockerListOf('a'));
    const found = await look();
    expect(found).toMatchObject({ verdict: 'ONE_PLATFORM', causes: [] });
    expect(found.says).toContain('linux/amd64');
  });
});

describe('after the fix', () => {
  it('an OCI index is given, and its platforms are shown', async () => {
    proxy.options.fixed = true;
    put(ociIndexOf('a'));
    for (const withUpstream of [true, false]) {
      const found = await look({ upstream: withUpstream });
      expect(found).toMatchObject({ verdict: 'ANSWERS', causes: [], answer: { kind: 'manifest' } });
      expect(found.pull).toHaveLength(2);
    }
  });
});

describe('what is something else', () => {
  it('a proxy that is off hides platforms too, and is no index trouble', async () => {
    put(ociIndexOf('a'));
    proxy.options.enabled = false;
    const found = await look();
    expect(found).toMatchObject({ verdict: 'REFUSES', causes: [], platformAnswer: { kind: 'page' } });
  });

  it('an image that upstream has not either', async () => {
    const found = await look();
    expect(found).toMatchObject({ verdict: 'REFUSES', causes: [], upstream: { status: 404 } });
  });

  it('another image than upstream has', async () => {
    put(ociImage('a'));
    const other = await startEmbeddedRegistry();
    storeImage(other.storage, IMAGE, ociImage('b'), 'latest');
    await upstream.close();
    upstream = other;
    expect(await look()).toMatchObject({ verdict: 'DIFFERENT', causes: [] });
  });

  it('a refused password, and an upstream that does not answer, conclude nothing', async () => {
    put(ociIndexOf('a'));
    expect(await look({ password: 'wrong' })).toMatchObject({
      verdict: 'INCOMPLETE',
      causes: [],
      errors: [{ code: 'AUTH_REFUSED' }],
    });
    upstream.options.fault = () => ({ status: 503 });
    expect(await look()).toMatchObject({ verdict: 'INCOMPLETE', errors: [{ status: 503 }] });
  });
});
