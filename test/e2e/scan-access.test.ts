import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { dockerImage, storeImage } from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { startProxy } from '../http/support/proxy.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { siteArgs } from '../support/fix-run.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'group/project';
const PASSWORD = 'planted-password-4711';

function file(directory: string, name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function reportOf({ cwd }: CliResult): Report {
  return reportSchema().parse(JSON.parse(readFileSync(join(cwd, 'out', 'report.json'), 'utf8')));
}

describeReal('registries behind TLS of a private CA, htpasswd and a forward proxy', () => {
  const directory = makeTempDir('access');
  const authority = makeAuthority(directory);
  const { certFile, keyFile } = makeCertificate(directory, authority);
  const passwordFile = file(directory, 'password', `${PASSWORD}\n`);
  let primary: RealRegistry;
  let secondary: RealRegistry;

  beforeAll(async () => {
    const options = { htpasswd: { username: 'auditor', password: PASSWORD }, tls: { certFile, keyFile } };
    [primary, secondary] = await Promise.all([startRealRegistry(options), startRealRegistry(options)]);
    const headers = { authorization: `Basic ${Buffer.from(`auditor:${PASSWORD}`).toString('base64')}` };
    for (const { url } of [primary, secondary])
      await pushImage({ url, headers }, PATH, dockerImage('one'), ['latest', 'v1']);
  });
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  const side = (name: string, url: string) => [
    ...[`--${name}-url`, url, `--${name}-username`, 'auditor', `--${name}-password-file`, passwordFile],
  ];
  const sites = () => [
    ...side('primary', primary.url),
    ...side('secondary', secondary.url),
    '--settle',
    '0',
    '--out',
    'out',
    PATH,
  ];
  const trusted = ['--primary-ca-file', authority.certFile, '--secondary-ca-file', authority.certFile];

  it('scans through the proxy', async () => {
    const proxy = await startProxy();
    const result = await runCli(['scan', ...trusted, ...sites()], { env: { HTTPS_PROXY: proxy.url } });
    expect(result).toMatchObject({ code: 0 });
    expect(reportOf(result).summary).toMatchObject({ verdict: 'IN-SYNC', tags: { MATCH: 2 } });
    expect(proxy.seen.map(({ method }) => method)).toContain('CONNECT');
    expect(new Set(proxy.seen.map(({ target }) => target)).size).toBe(2);
  });

  it('without the CA says why and which flag mends it, and reads nothing into it', async () => {
    const result = await runCli(['scan', ...sites()]);
    expect(result.code).toBe(2);
    expect(result.stdout).toContain('the issuing CA is not known');
    expect(result.stdout).toContain('--primary-ca-file');
    expect(reportOf(result).repositories.at(0)).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ code: 'TLS' }, { code: 'TLS' }],
    });
  });

  it('a wrong password is exit 4 and the site is named', async () => {
    const wrong = file(directory, 'wrong', 'nonsense');
    const result = await runCli([
      'scan',
      ...trusted,
      ...side('primary', primary.url),
      '--secondary-url',
      secondary.url,
      '--secondary-username',
      'auditor',
      '--secondary-password-file',
      wrong,
      '--settle',
      '0',
      '--out',
      'out',
      PATH,
    ]);
    expect(result.code).toBe(4);
    const [repository] = reportOf(result).repositories;
    expect(repository?.verdict).toBe('INCOMPLETE');
    expect(repository?.errors).toMatchObject([{ site: 'secondary', status: 401 }]);
    expect(repository?.causes).toContain('TOKEN_REFUSED');
  });

  it('no secret is in any file or output of the runs, whatever the log level', async () => {
    const env = { GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD: PASSWORD };
    const args = [
      'scan',
      ...trusted,
      ...side('primary', primary.url),
      '--secondary-url',
      secondary.url,
      '--secondary-username',
      'auditor',
    ];
    const more = [
      '--settle',
      '0',
      '--out',
      'out',
      '--format',
      'json,csv,table,html,markdown,junit,ndjson',
      '--log-level',
      'trace',
      '--log-file',
      'log',
      PATH,
    ];
    const result = await runCli([...args, ...more], { env });
    expect(result.code).toBe(0);
    const written = filesBelow(result.cwd).map((path) => readFileSync(path, 'utf8'));
    const basic = Buffer.from(`auditor:${PASSWORD}`).toString('base64');
    for (const text of [result.stdout, result.stderr, ...written]) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(basic);
    }
    expect(written.length).toBeGreaterThan(6);
    expect(reportOf(result).run.options.credentials).toMatchObject({
      secondary: { kind: 'basic', source: 'environment GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD' },
    });
  });
});

describeReal('registries that take tokens signed with the GitLab registry key', () => {
  const directory = makeTempDir('tokens');
  const right = makeAuthority(directory, 'right');
  const wrong = makeAuthority(directory, 'wrong');
  let open: RealRegistry;
  let closed: RealRegistry;

  beforeAll(async () => {
    const token = {
      realm: 'http://127.0.0.1:9/jwt/auth',
      service: 'container_registry',
      issuer: 'omnibus-gitlab-issuer',
      rootcertbundle: right.certFile,
    };
    open = await startRealRegistry();
    await pushImage(open, PATH, dockerImage('one'), ['latest']);
    closed = await startRealRegistry({ token, root: open.root });
  });
  afterAll(async () => {
    await Promise.all([open?.stop(), closed?.stop()]);
  });

  const scan = (key: string, ...more: string[]) =>
    runCli([
      'scan',
      '--primary-url',
      closed.url,
      '--primary-gitlab-key',
      key,
      '--secondary-url',
      open.url,
      '--settle',
      '0',
      '--out',
      'out',
      ...more,
      PATH,
    ]);

  it('are read with the right key', async () => {
    expect(await scan(right.keyFile)).toMatchObject({ code: 0 });
  });

  it.each([
    ['another key', () => scan(wrong.keyFile)],
    ['another issuer', () => scan(right.keyFile, '--primary-gitlab-issuer', 'gitlab-issuer')],
    ['another service', () => scan(right.keyFile, '--primary-gitlab-service', 'somewhere')],
  ])('refuse %s: exit 4 with TOKEN_REFUSED', async (_name, run) => {
    const result = await run();
    expect(result.code).toBe(4);
    expect(reportOf(result).repositories.at(0)).toMatchObject({
      verdict: 'INCOMPLETE',
      causes: expect.arrayContaining(['TOKEN_REFUSED']),
    });
    expect(result.stdout).toContain('invalid_token');
  });
});

describe('registries that throttle', () => {
  async function twoRegistries(): Promise<[EmbeddedRegistry, EmbeddedRegistry]> {
    const registries = [await startEmbeddedRegistry(), await startEmbeddedRegistry()] as const;
    onTestFinished(async () => {
      await Promise.all(registries.map((registry) => registry.close()));
    });
    for (const { storage } of registries)
      for (let i = 0; i < 60; i++) storeImage(storage, PATH, dockerImage(`image ${i}`), `v${i}`);
    return [...registries];
  }

  it('are read completely when every tenth request is answered 429 with Retry-After', async () => {
    const [primary, secondary] = await twoRegistries();
    let seen = 0;
    primary.options.fault = () =>
      ++seen % 10 === 0 ? { status: 429, headers: { 'retry-after': '0' } } : undefined;
    const result = await runCli([
      'scan',
      ...siteArgs({ primary, secondary }),
      '--concurrency',
      '4',
      '--settle',
      '0',
      '--out',
      'out',
      PATH,
    ]);
    expect(result.code).toBe(0);
    expect(reportOf(result).summary.tags).toMatchObject({ total: 60, MATCH: 60 });
    expect(primary.connectionsOpened).toBeLessThanOrEqual(4);
  });

  it('end in exit 2, and in no verdict, when they answer 503 for ever', async () => {
    const [primary, secondary] = await twoRegistries();
    secondary.options.fault = () => ({ status: 503 });
    const result = await runCli([
      'scan',
      ...siteArgs({ primary, secondary }),
      '--retries',
      '1',
      '--settle',
      '0',
      '--out',
      'out',
      PATH,
    ]);
    expect(result.code).toBe(2);
    expect(reportOf(result).repositories.at(0)).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ site: 'secondary', status: 503 }],
    });
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
