import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { type Pair, startPair } from '../audit/support/scan-embedded.ts';
import { PATH } from '../audit/support/snapshots.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const SECRET = 's3cret-Pa55';
let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
});
afterEach(() => pair.close());

async function scan(args: readonly string[], options: Parameters<typeof runCli>[1] = {}) {
  const urls = ['--primary-url', pair.primary.url, '--secondary-url', pair.secondary.url];
  const result = await runCli(
    ['scan', ...urls, '--settle', '0', '--out', '-', '--format', 'json', ...args],
    options,
  );
  const report: Report | null = result.stdout === '' ? null : reportSchema().parse(JSON.parse(result.stdout));
  return { ...result, report };
}

describe('exit codes', () => {
  beforeEach(() => pair.put('both', 'v1', ociImage('same')));

  it('0: in sync', async () => {
    expect(await scan([PATH])).toMatchObject({
      code: 0,
      stderr: '',
      report: { summary: { verdict: 'IN-SYNC' } },
    });
  });

  it('1: a tag that is not MATCH', async () => {
    pair.put('primary', 'v2', ociImage('new'));
    expect(await scan([PATH])).toMatchObject({ code: 1, report: { summary: { verdict: 'OUT-OF-SYNC' } } });
  });

  it('1: checksums differ by a tag that is not shown', async () => {
    pair.put('primary', 'v2', ociImage('new'));
    const { code, report } = await scan([PATH, '--exclude', '^v2$']);
    expect(code).toBe(1);
    expect(report?.summary.tags).toMatchObject({ total: 1, MATCH: 1 });
  });

  it('2: a repository that could not be read; wins over 1', async () => {
    pair.put('primary', 'v2', ociImage('new'));
    pair.put('both', 'v1', ociImage('same'), 'group/other');
    pair.secondary.options.fault = ({ path }) =>
      path.includes('group/other/tags') ? { status: 403 } : undefined;
    const { code, report } = await scan([PATH, 'group/other']);
    expect(code).toBe(2);
    expect(report?.summary.repositories).toMatchObject({ 'OUT-OF-SYNC': 1, INCOMPLETE: 1 });
  });

  it('2, soon: a site where nobody listens', async () => {
    const urls = ['--primary-url', pair.primary.url, '--secondary-url', await closedPort()];
    const result = await runCli(['scan', ...urls, PATH, '--out', 'out'], { guard: 20_000 });
    expect(result.code).toBe(2);
    const written = reportSchema().parse(
      JSON.parse(readFileSync(join(result.cwd, 'out', 'report.json'), 'utf8')),
    );
    expect(written.repositories.at(0)).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', code: 'UNREACHABLE' }],
    });
    expect(result.stdout).toMatch(/INCOMPLETE/);
  });

  it('4: a site that refuses the credential as a whole', async () => {
    Object.assign(pair.secondary.options, { auth: 'basic', users: { root: { password: 'right' } } });
    const environment = {
      GEO_REGISTRY_AUDIT_SECONDARY_USERNAME: 'root',
      GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD: SECRET,
    };
    const { code, report, stdout, stderr } = await scan([PATH], { env: environment });
    expect(code).toBe(4);
    expect(report?.repositories.at(0)).toMatchObject({
      verdict: 'INCOMPLETE',
      errors: [{ site: 'secondary', status: 401 }],
    });
    expect(stdout + stderr).not.toContain(SECRET);
    expect(report?.run.options).toMatchObject({
      credentials: { secondary: { kind: 'basic', username: 'root' } },
    });
  });
});

describe('--client-path gitlab-v1', () => {
  beforeEach(() => pair.put('both', 'v1', ociImage('same')));
  const byV1 = [PATH, '--client-path', 'gitlab-v1', '--retries', '0'];
  const refuse = () =>
    Object.assign(pair.secondary.options, { auth: 'basic', users: { root: { password: 'right' } } });
  const env = {
    GEO_REGISTRY_AUDIT_SECONDARY_USERNAME: 'root',
    GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD: SECRET,
  };

  it('4: a site that refuses the credential, of which it is not said that it has no such API', async () => {
    refuse();
    const { code, report, stdout, stderr } = await scan(byV1, { env });
    expect(code).toBe(4);
    expect(report).toMatchObject({
      run: { clientPath: 'gitlab-v1' },
      repositories: [{ verdict: 'INCOMPLETE', errors: [{ site: 'secondary', status: 401 }] }],
    });
    expect(stdout + stderr).not.toContain('no GitLab v1 API');
  });

  it('4: the same of a snapshot', async () => {
    refuse();
    const taken = await runCli(['snapshot', '--secondary-url', pair.secondary.url, ...byV1], { env });
    expect(taken.code).toBe(4);
    expect(taken.stderr).toContain('UNAUTHORIZED');
    expect(taken.stderr).not.toContain('no GitLab v1 API');
  });

  it('2: a site where the API is out of order', async () => {
    pair.secondary.options.fault = ({ path }) => (path.startsWith('/gitlab/') ? { status: 503 } : undefined);
    const { code, report, stdout, stderr } = await scan(byV1);
    expect(code).toBe(2);
    expect(report?.repositories.at(0)).toMatchObject({ errors: [{ site: 'secondary', status: 503 }] });
    expect(stdout + stderr).not.toContain('no GitLab v1 API');
  });
});

describe('where the settings come from', () => {
  it('a file in the working directory, the environment, the flags; the report says what held', async () => {
    pair.put('both', 'v1', ociIndexOf('same'));
    const cwd = makeTempDir('cwd');
    writeFileSync(
      join(cwd, 'geo-registry-audit.yml'),
      `primary:\n  url: ${pair.primary.url}\nsecondary:\n  url: ${pair.secondary.url}\nsettle: 0\nnarrow: off\nconcurrency: 2\nretries: 1\n`,
    );
    const env = { GEO_REGISTRY_AUDIT_NARROW: 'all', GEO_REGISTRY_AUDIT_CONCURRENCY: '3' };
    const result = await runCli(
      ['scan', 'Group/Project', '--out', '-', '--format', 'json', '--concurrency', '4'],
      { cwd, env },
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const report = reportSchema().parse(JSON.parse(result.stdout));
    expect(report.run.options).toMatchObject({ settle: 0, narrow: 'all', concurrency: 4, retries: 1 });
    expect(report.repositories.at(0)?.path).toBe(PATH);
  });

  it('repositories on standard input', async () => {
    for (const path of ['a/one', 'a/two']) pair.put('both', 'v1', ociImage('same'), path);
    const { code, report } = await scan(['--repositories-from', '-'], {
      stdin: '# two of them\nA/One\na/two # lower case\n',
    });
    expect(code).toBe(0);
    expect(report?.repositories.map(({ path }) => path)).toEqual(['a/one', 'a/two']);
  });

  it('a password on standard input, which no output shows', async () => {
    pair.put('both', 'v1', ociImage('same'));
    for (const { options } of [pair.primary, pair.secondary])
      Object.assign(options, { auth: 'token', users: { root: { password: SECRET } } });
    const env = {
      GEO_REGISTRY_AUDIT_SECONDARY_USERNAME: 'root',
      GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD: SECRET,
    };
    const given = [PATH, '--primary-username', 'root', '--primary-password-stdin', '--log-level', 'trace'];
    const { code, stdout, stderr } = await scan(given, { stdin: `${SECRET}\n`, env });
    expect(code).toBe(0);
    expect(stderr).toContain('/manifests/v1');
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stdout + stderr).not.toContain(Buffer.from(`root:${SECRET}`).toString('base64'));
  });
});

it('reads below a path prefix', async () => {
  pair.primary.options.prefix = '/registry';
  pair.put('both', 'v1', ociImage('same'));
  expect(await scan([PATH])).toMatchObject({ code: 0 });
});

it('shows what a registry says without letting it draw on the terminal', async () => {
  pair.put('both', 'v1', ociImage('same'));
  const body = JSON.stringify({
    errors: [{ code: 'DENIED', message: 'no\u001b[31m\u001b]0;owned\u0007 entry' }],
  });
  pair.secondary.options.fault = ({ path }) =>
    path.includes('/tags/list') ? { status: 403, body } : undefined;
  const urls = ['--primary-url', pair.primary.url, '--secondary-url', pair.secondary.url];
  const result = await runCli(['scan', ...urls, PATH]);
  expect(result.code).toBe(2);
  expect(result.stdout).toContain('entry');
  expect(result.stdout + result.stderr).not.toContain('\u001b');
  expect(result.stdout + result.stderr).not.toContain('\u0007');
});

it('logs to a file as JSON lines when asked to, and not to standard error', async () => {
  pair.put('both', 'v1', ociImage('same'));
  const { code, stderr, cwd } = await scan([PATH, '--log-level', 'debug', '--log-file', 'audit.log']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = readFileSync(join(cwd, 'audit.log'), 'utf8').trim().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('time');
});

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 1}`;
}
