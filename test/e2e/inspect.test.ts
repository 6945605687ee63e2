import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import {
  type EmbeddedDependencyProxy,
  startEmbeddedDependencyProxy,
} from '../../src/demo/embedded-dependency-proxy.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { dockerListOf, ociImage, ociIndexOf, storeImage } from '../../src/demo/images.ts';
import type { Inspection } from '../../src/report/inspection.ts';
import { nodesOf } from '../../src/report/inspection.ts';
import { siteArgs } from '../support/fix-run.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { breakTagLink, removeBlobLink, removeRevision } from '../support/registry-storage.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'group/project';

describeReal('inspect on two Distribution registries', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  const index = ociIndexOf('one');
  const moved = { primary: ociIndexOf('new'), secondary: ociIndexOf('old') };

  const run = (...args: string[]) => runCli(['inspect', ...siteArgs({ primary, secondary }), ...args]);
  const inspected = async (reference: string) => {
    const result = await run('--format', 'json', reference);
    return { ...result, found: JSON.parse(result.stdout) as Inspection & { kind: string } };
  };

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    for (const registry of [primary, secondary]) {
      await pushImage(registry, PATH, index, ['index']);
      await pushImage(registry, PATH, dockerListOf('one'), ['list']);
      await pushImage(registry, PATH, ociIndexOf('hollow'), ['hollow']);
      await pushImage(registry, PATH, ociIndexOf('childless'), ['childless']);
      await pushImage(registry, PATH, ociImage('broken'), ['broken']);
    }
    await pushImage(primary, PATH, moved.primary, ['moved']);
    await pushImage(secondary, PATH, moved.secondary, ['moved']);
    removeBlobLink(secondary.root, PATH, ociIndexOf('hollow').blobs[1]?.digest ?? '');
    removeRevision(secondary.root, PATH, ociIndexOf('childless').manifests[0]?.digest ?? '');
    breakTagLink(secondary.root, PATH, 'broken');
  });
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it('of a healthy index is SAME and exits with 0', async () => {
    const { code, found, stderr } = await inspected(`${PATH}:index`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(found).toMatchObject({ kind: 'inspection', verdict: 'SAME', differences: [] });
    expect(found.sites.primary.profiles.map(({ profile, status }) => [profile, status])).toEqual([
      ['narrow', 404],
      ['wide', 200],
      ['dependency-proxy', 200],
      ['none', 404],
    ]);
    expect(found.pull.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
  });

  it('of a list shows that narrow gets the child, and none something of 2015', async () => {
    const { found } = await inspected(`${PATH}:list`);
    const [narrow, wide, proxy, none] = found.sites.primary.profiles;
    expect(narrow).toMatchObject({ status: 200, digest: dockerListOf('one').manifests[0]?.digest });
    expect(wide).toMatchObject({ status: 200, digest: dockerListOf('one').digest });
    expect(proxy?.digest).toBe(narrow?.digest);
    expect(none?.digest).not.toBe(wide?.digest);
  });

  it.each([
    ['hollow', 'layer'],
    ['childless', 'child'],
  ])('of a %s image names the missing %s and exits with 1', async (tag, role) => {
    const { code, found } = await inspected(`${PATH}:${tag}`);
    expect(code).toBe(1);
    const missing = [...nodesOf(found.sites.secondary.tree)].filter(({ state }) => state === 'missing');
    expect(missing.map((node) => node.role)).toEqual([role]);
    expect([...nodesOf(found.sites.primary.tree)].every(({ state }) => state === 'present')).toBe(true);
  });

  it('of a moved index says where it differs, in a table of plain lines', async () => {
    const { code, stdout } = await run(`${PATH}:moved`);
    expect(code).toBe(1);
    expect(stdout).toContain('The sites differ in\n');
    expect(stdout).toMatch(/linux\/amd64 +config +sha256:[0-9a-f]{64} +sha256:[0-9a-f]{64}\n/);
    expect(stdout).toMatch(/linux\/arm64 +layer 1 +sha256/);
    expect(stdout).toContain(`docker pull ${primary.url.replace('http://', '')}/${PATH}@sha256:`);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('4 differences.');
  });

  it('of a broken tag says that the secondary cannot resolve it', async () => {
    const { code, found } = await inspected(`${PATH}:broken`);
    expect(code).toBe(1);
    expect(found.sites.secondary).toMatchObject({
      state: 'unresolvable',
      profiles: [{ status: 500 }, {}, {}, {}],
    });
  });

  it('of a digest, and of what is on neither site', async () => {
    expect((await run(`${PATH}@${index.digest}`)).code).toBe(0);
    const { code, stdout } = await run(`${PATH}:nothing`);
    expect(code).toBe(1);
    expect(stdout).toContain(`ABSENT\n${PATH}:nothing is on neither site`);
  });

  it('of a site where nobody listens is INCOMPLETE and exits with 2', async () => {
    const result = await runCli([
      'inspect',
      '--primary-url',
      primary.url,
      '--secondary-url',
      'http://127.0.0.1:1',
      '--retries',
      '0',
      `${PATH}:index`,
    ]);
    expect(result.code).toBe(2);
    expect(result.stdout).toContain('INCOMPLETE');
  });
});

describe('inspect where a credential is refused', () => {
  let open: EmbeddedRegistry;
  let closed: EmbeddedRegistry;
  beforeAll(async () => {
    open = await startEmbeddedRegistry();
    closed = await startEmbeddedRegistry({
      auth: 'basic',
      users: { me: { password: 'right' } },
    });
    for (const { storage } of [open, closed]) storeImage(storage, PATH, ociImage('one'), 'v1');
  });
  afterAll(async () => {
    await Promise.all([open?.close(), closed?.close()]);
  });

  const run = (password: string | null) =>
    runCli(['inspect', '--primary-url', open.url, '--secondary-url', closed.url, `${PATH}:v1`], {
      env:
        password === null
          ? {}
          : {
              GEO_REGISTRY_AUDIT_SECONDARY_USERNAME: 'me',
              GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD: password,
            },
    });

  it.each([
    ['a wrong one', 'wrong'],
    ['none', null],
  ])('exits with 4: %s', async (_, password) => {
    const { code, stdout } = await run(password);
    expect(stdout).toContain('INCOMPLETE');
    expect(code).toBe(4);
  });

  it('exits with 2 when the site lets us in and the repository does not', async () => {
    closed.options.fault = ({ path }) => (path.includes(PATH) ? { status: 403 } : undefined);
    const { code } = await run('right');
    closed.options.fault = undefined;
    expect(code).toBe(2);
    expect((await run('right')).code).toBe(0);
  });
});

describe('inspect with bad input', () => {
  const sites = ['--primary-url', 'http://127.0.0.1:1', '--secondary-url', 'http://127.0.0.1:1'];
  test.each<[string, string[], RegExp]>([
    ['no reference', sites, /name what to inspect/],
    ['no tag', [...sites, PATH], /is no reference/],
    ['an impossible digest', [...sites, `${PATH}@sha256:1`], /is no reference/],
    ['two references', [...sites, `${PATH}:a`, `${PATH}:b`], /unknown|one reference/],
    ['no sites', [`${PATH}:a`], /--primary-url is missing/],
    ['another format', [...sites, '--format', 'html', `${PATH}:a`], /--format: expected one of table, json/],
    [
      'a proxy and a reference',
      ['--dependency-proxy', 'x.example/g/dependency_proxy/containers/a:1', 'a:1'],
      /not both/,
    ],
    ['no proxy address', ['--dependency-proxy', 'x.example/g/p:1'], /no address of a dependency proxy/],
    ['no address', ['--dependency-proxy', ':'], /--dependency-proxy: .* is no address/],
    ['upstream alone', ['--upstream', 'docker.io/alpine'], /--upstream needs --dependency-proxy/],
  ])('%s is one line and exits with 3', async (_, args, words) => {
    const { code, stdout, stderr } = await runCli(['inspect', ...args]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(words);
  });
});

describe('inspect --dependency-proxy', () => {
  let upstream: EmbeddedRegistry;
  let proxy: EmbeddedDependencyProxy;
  const index = ociIndexOf('mimir');
  beforeAll(async () => {
    upstream = await startEmbeddedRegistry({ flavour: 'distribution' });
    storeImage(upstream.storage, 'grafana/mimir', index, 'latest');
    proxy = await startEmbeddedDependencyProxy({ upstream: upstream.storage, users: { me: 'glpat-secret' } });
  });
  afterAll(async () => {
    await Promise.all([upstream?.close(), proxy?.close()]);
  });

  const run = (...args: string[]) => runWith('glpat-secret', ...args);
  const runWith = (password: string, ...args: string[]) => {
    const cwd = makeTempDir('proxy');
    writeFileSync(join(cwd, 'token'), `${password}\n`);
    const address = `${proxy.url}/group/dependency_proxy/containers/grafana/mimir:latest`;
    const credential = ['--username', 'me', '--password-file', 'token'];
    return runCli(['inspect', '--dependency-proxy', address, ...credential, ...args], { cwd });
  };

  it('exits with 4 when the proxy refuses the password', async () => {
    const { code, stdout } = await runWith('wrong');
    expect(stdout).toContain('INCOMPLETE');
    expect(code).toBe(4);
  });

  it('before the fix gives the cause and the digests, and exits with 1', async () => {
    const { code, stdout, stderr } = await run('--upstream', `${upstream.url}/grafana/mimir:latest`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('HIDES_INDEX  DEPENDENCY_PROXY_INDEX\n');
    expect(stdout).toContain(`"The page you're looking for could not be found (404)`);
    const host = proxy.url.replace('http://', '');
    expect(stdout).toContain(
      `linux/arm64  docker pull ${host}/group/dependency_proxy/containers/grafana/mimir@${index.manifests[1]?.digest}\n`,
    );
    expect(stdout).not.toContain('glpat-secret');
  });

  it('after the fix answers, and exits with 0', async () => {
    proxy.options.fixed = true;
    const { code, stdout } = await run('--format', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'proxy-inspection', verdict: 'ANSWERS', causes: [] });
    expect(stdout).not.toContain('glpat-secret');
  });
});
