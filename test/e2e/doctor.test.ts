import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedGitlab } from '../../src/demo/embedded-gitlab.ts';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage } from '../../src/demo/images.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const directory = makeTempDir('doctor-e2e');
const right = makeAuthority(directory, 'right');
const wrong = makeAuthority(directory, 'wrong');

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

interface Found {
  verdict: string;
  sites: { name: string; checks: { id: string; result: string; detail: string; cause: string | null }[] }[];
}

describeReal('doctor at a registry with auth.token and a key pair', () => {
  let registry: RealRegistry;

  beforeAll(async () => {
    const open = await startRealRegistry();
    await pushImage(open, 'group/project', ociImage('one'), ['v1']);
    registry = await startRealRegistry({
      root: open.root,
      token: {
        realm: 'http://127.0.0.1:9/jwt/auth',
        service: 'container_registry',
        issuer: 'gitlab-issuer',
        rootcertbundle: right.certFile,
      },
    });
    await open.process.kill();
  });
  afterAll(() => registry?.stop());

  const doctor = (...args: string[]) => runCli(['doctor', '--url', registry.url, ...args]);

  test('right key and issuer: exit 0, a table on standard output and nothing on standard error', async () => {
    const result = await doctor(
      '--gitlab-key',
      right.keyFile,
      '--gitlab-issuer',
      'gitlab-issuer',
      'group/project',
    );
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^ok +may read group\/project +pull is granted$/m);
    expect(result.stdout).toMatch(/^OK: nothing stands in the way of a run$/m);
    expect(result.stdout).not.toContain('\u001b[');
  });

  test.each([
    ['issuer', [right.keyFile], /the issuer: the registry takes gitlab-issuer, not omnibus-gitlab-issuer/],
    ['key', [wrong.keyFile, '--gitlab-issuer', 'gitlab-issuer'], /likely the key/],
    [
      'service',
      [right.keyFile, '--gitlab-issuer', 'gitlab-issuer', '--gitlab-service', 'dependency_proxy'],
      /the service: the registry takes container_registry, not dependency_proxy/,
    ],
  ])('a wrong %s: exit 4 and it is named', async (_name, key, words) => {
    const result = await doctor('--gitlab-key', ...key);
    expect(result.code).toBe(4);
    expect(result.stdout).toMatch(words);
    expect(result.stdout).toContain('TOKEN_REFUSED');
  });

  test('as JSON: one document, without the key', async () => {
    const result = await doctor(
      '--gitlab-key',
      wrong.keyFile,
      '--format',
      'json',
      '--repository',
      'group/project',
    );
    const found = JSON.parse(result.stdout) as Found;
    expect(found).toMatchObject({ schemaVersion: 1, kind: 'doctor', verdict: 'REFUSED' });
    expect(found.sites[0]?.checks.find(({ id }) => id === 'scope')).toMatchObject({
      result: 'fail',
      cause: 'TOKEN_REFUSED',
    });
    expect(result.stdout).not.toContain('PRIVATE KEY');
  });
});

test('a site whose clock is 10 minutes off: exit 4 and the clock is named', async () => {
  const registry = await startEmbeddedRegistry({
    auth: 'token',
    refuseTokens: true,
    now: () => Date.now() + 600_000,
  });
  closers.push(registry.close);
  const result = await runCli(['doctor', '--url', registry.url, '--gitlab-key', right.keyFile]);
  expect(result.code).toBe(4);
  expect(result.stdout).toMatch(/likely the clock: the site is 10 minutes ahead of this host/);
});

describeReal('doctor at a registry behind TLS with a private CA', () => {
  const authority = makeAuthority(directory, 'ca');
  let registry: RealRegistry;
  beforeAll(async () => {
    registry = await startRealRegistry({ tls: makeCertificate(directory, authority) });
  });
  afterAll(() => registry?.stop());

  test('without the CA: exit 2, the reason and the flag that mends it', async () => {
    const result = await runCli(['doctor', '--primary-url', registry.url]);
    expect(result.code).toBe(2);
    expect(result.stdout).toMatch(/^fail +TLS certificate +the issuing CA is not known/m);
    expect(result.stdout).toContain('--primary-ca-file');
  });

  test('with it: exit 0', async () => {
    const result = await runCli([
      'doctor',
      '--primary-url',
      registry.url,
      '--primary-ca-file',
      authority.certFile,
    ]);
    expect(result.code).toBe(0);
  });
});

describe('doctor of both sites', () => {
  test('names CLIENT_PATH_ASYMMETRY, from a configuration file made for scan', async () => {
    const primary = await startEmbeddedRegistry();
    const secondary = await startEmbeddedRegistry({ database: false });
    closers.push(primary.close, secondary.close);
    const config = file(
      'both.yml',
      `primary: {url: ${primary.url}}\nsecondary: {url: ${secondary.url}}\nformat: json,csv\n`,
    );
    const result = await runCli(['doctor', '--config', config]);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(
      /^warn +same client path +CLIENT_PATH_ASYMMETRY: the primary has the GitLab v1 API/m,
    );
  });

  test('notification token: from a file and from the environment, never shown', async () => {
    const gitlab = await startEmbeddedGitlab({ notificationSecret: 'planted-notification-secret' });
    const registry = await startEmbeddedRegistry();
    closers.push(gitlab.close, registry.close);
    const args = [
      'doctor',
      '--url',
      registry.url,
      '--notification-url',
      `${gitlab.url}/api/v4/container_registry_event/events`,
    ];
    const wrongToken = await runCli([
      ...args,
      '--notification-token-file',
      file('n', 'planted-wrong-secret\n'),
      '--log-level',
      'trace',
    ]);
    expect(wrongToken.code).toBe(4);
    expect(wrongToken.stdout).toContain("registry['notification_secret']");
    const rightToken = await runCli(args, {
      env: { GEO_REGISTRY_AUDIT_NOTIFICATION_TOKEN: 'planted-notification-secret' },
    });
    expect(rightToken.code).toBe(0);
    expect(`${wrongToken.stdout}${wrongToken.stderr}${rightToken.stdout}`).not.toContain('planted');
  });
});

test('a name that does not resolve: exit 2', async () => {
  const result = await runCli(['doctor', '--url', 'https://registry.invalid']);
  expect(result.code).toBe(2);
  expect(result.stdout).toMatch(/^fail +name resolves +registry\.invalid does not resolve/m);
});

test.each([
  ['no site', [], /no site is named/],
  ['both ways to name sites', ['--url', 'http://a', '--primary-url', 'http://b'], /--url and --primary-url/],
  [
    'flags of a site without its URL',
    ['--url', 'http://a', '--secondary-insecure'],
    /--secondary-insecure needs --secondary-url/,
  ],
  ['an impossible repository', ['--url', 'http://a', 'a/b:tag'], /cannot be a repository path/],
  ['another format', ['--url', 'http://a', '--format', 'csv'], /--format: expected one of table, json/],
  [
    'a token without its URL',
    ['--url', 'http://a', '--notification-token-file', 'x'],
    /needs --notification-url/,
  ],
])('%s: exit 3, one line', async (_name, args, words) => {
  const result = await runCli(['doctor', ...args]);
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(words);
  expect(result.stderr.trim().split('\n')).toHaveLength(1);
  expect(result.stdout).toBe('');
});
