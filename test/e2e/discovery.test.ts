import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedGitlab } from '../../src/demo/embedded-gitlab.ts';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const TOKEN = 'glpat-planted-secret';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const scan = (
  primary: string,
  secondary: string,
  args: readonly string[],
  env: Record<string, string> = {},
) =>
  runCli(
    [
      'scan',
      '--primary-url',
      primary,
      '--secondary-url',
      secondary,
      '--settle',
      '0',
      '--retries',
      '0',
      '--out',
      'out',
      ...args,
    ],
    { env },
  );

function reportOf(result: CliResult): Report {
  return reportSchema().parse(JSON.parse(readFileSync(join(result.cwd, 'out', 'report.json'), 'utf8')));
}

function pathsOf(result: CliResult): string[] {
  return reportOf(result).repositories.map(({ path }) => path);
}

/** The repository is in the report as unread, the run is incomplete for it, and nobody was asked about it. */
function expectUnasked(
  result: CliResult,
  path: string,
  sites: ReadonlyArray<{ readonly requests: ReadonlyArray<{ readonly path: string }> }>,
): void {
  expect(result.code).toBe(2);
  const report = reportOf(result);
  expect(report.summary.verdict).toBe('INCOMPLETE');
  const unread = report.repositories.find((repository) => repository.path === path);
  expect(unread).toMatchObject({ verdict: 'INCOMPLETE', tags: [] });
  expect(unread?.errors.map(({ site, code }) => [site, code])).toEqual([
    ['primary', 'REPOSITORY_PATH_INVALID'],
    ['secondary', 'REPOSITORY_PATH_INVALID'],
  ]);
  const last = path.split('/').at(-1) ?? '';
  for (const { requests } of sites)
    expect(requests.filter((request) => request.path.includes(last))).toEqual([]);
}

describeReal('scan --all of two Distribution registries', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  beforeAll(async () => {
    // Pages of two, so that the catalog has several.
    const config = { catalog: { maxentries: 2 } };
    [primary, secondary] = await Promise.all([startRealRegistry({ config }), startRealRegistry({ config })]);
    for (const path of ['a/one', 'b/two', 'c/three', 'd/four'])
      await pushImage(primary, path, ociImage('x'), ['v1']);
    for (const path of ['c/three', 'e/orphan']) await pushImage(secondary, path, ociImage('x'), ['v1']);
  });
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  test('takes the union of both catalogs, all pages', async () => {
    const result = await scan(primary.url, secondary.url, ['--all']);
    expect(result.code).toBe(1);
    expect(pathsOf(result)).toEqual(['a/one', 'b/two', 'c/three', 'd/four', 'e/orphan']);
  });

  test('and what is named besides', async () => {
    const result = await scan(primary.url, secondary.url, ['--all', 'z/named']);
    expect(pathsOf(result)).toContain('z/named');
  });

  test('snapshot takes one site’s catalog', async () => {
    const result = await runCli(['snapshot', '--secondary-url', secondary.url, '--all', '--out', '-']);
    expect(result.code).toBe(0);
    const { repositories } = JSON.parse(result.stdout) as { repositories: { path: string }[] };
    expect(repositories.map(({ path }) => path)).toEqual(['c/three', 'e/orphan']);
  });
});

describe('scan --all is never half', () => {
  const users = { puller: { password: 'x', access: { '*': ['pull'] } } };

  test('a site that refuses its catalog: exit 4, one line, no report', async () => {
    const open = await startEmbeddedRegistry();
    const closed = await startEmbeddedRegistry({ auth: 'token', users });
    closers.push(open.close, closed.close);
    storeImage(open.storage, 'group/project', ociImage('x'), 'v1');
    const result = await scan(open.url, closed.url, ['--all', '--secondary-username', 'puller'], {
      GEO_REGISTRY_AUDIT_SECONDARY_PASSWORD: 'x',
    });
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(
      /^geo-registry-audit: could not list the repositories of the secondary site: .*--gitlab-url\.\n$/,
    );
    expect(result.stdout).toBe('');
  });

  test.each([
    ['does not have one', { status: 404 }],
    ['breaks', { status: 500 }],
    ['is another thing', { status: 200, body: '<html>' }],
  ])('a catalog that %s: exit 2, one line', async (_name, reply) => {
    const open = await startEmbeddedRegistry();
    const broken = await startScriptedServer([{ method: 'GET', path: /./, reply, times: 'any' }]);
    closers.push(open.close, broken.close);
    storeImage(open.storage, 'group/project', ociImage('x'), 'v1');
    const result = await scan(broken.url, open.url, ['--all']);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/list the repositories of the primary site/);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('two empty catalogs are no success', async () => {
    const [primary, secondary] = [await startEmbeddedRegistry(), await startEmbeddedRegistry()];
    closers.push(primary.close, secondary.close);
    const result = await scan(primary.url, secondary.url, ['--all']);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(
      /no repository was found in the catalog of the primary site, the catalog of the secondary site/,
    );
  });
});

describe('scan by GitLab', () => {
  async function world(token: string | null = TOKEN) {
    const gitlab = await startEmbeddedGitlab({
      token,
      maxPageSize: 1,
      prefix: '/gitlab',
      groupIds: { acme: 7 },
      projects: [
        { id: 11, path: 'acme/app', repositories: ['acme/app', 'acme/app/worker'] },
        { id: 12, path: 'acme/sub/deep/lint', repositories: ['acme/sub/deep/lint', 'acme/../evil'] },
        { id: 13, path: 'acme/off', repositories: ['acme/off'], registryEnabled: false },
        { id: 14, path: 'other/app', repositories: ['other/app'] },
      ],
    });
    const primary = await startEmbeddedRegistry();
    const secondary = await startEmbeddedRegistry();
    closers.push(gitlab.close, primary.close, secondary.close);
    for (const path of ['acme/app', 'acme/app/worker', 'acme/sub/deep/lint', 'other/app'])
      for (const { storage } of [primary, secondary]) storeImage(storage, path, ociImage('x'), 'v1');
    const run = (args: readonly string[], env: Record<string, string> = {}) =>
      scan(primary.url, secondary.url, ['--gitlab-url', gitlab.url, ...args], env);
    return { gitlab, primary, secondary, run };
  }

  function tokenFile(): string {
    const path = join(makeTempDir('token'), 'token');
    writeFileSync(path, `${TOKEN}\n`);
    return path;
  }

  test.each([['7'], ['acme']])('group %s with its subgroups, all pages, token from a file', async (group) => {
    const { run, primary, secondary } = await world();
    const result = await run([
      '--gitlab-group',
      group,
      '--gitlab-token-file',
      tokenFile(),
      '--log-level',
      'trace',
    ]);
    expect(pathsOf(result)).toEqual(['acme/../evil', 'acme/app', 'acme/app/worker', 'acme/sub/deep/lint']);
    expectUnasked(result, 'acme/../evil', [primary, secondary]);
    for (const { requests } of [primary, secondary]) {
      expect(requests.some(({ headers }) => headers['private-token'] !== undefined)).toBe(false);
    }
    const written = readFileSync(join(result.cwd, 'out', 'report.json'), 'utf8');
    expect(`${written}${result.stdout}${result.stderr}`).not.toContain(TOKEN);
  });

  test('projects and a named repository together, token from the environment', async () => {
    const { run } = await world();
    const args = ['--gitlab-project', '14', '--gitlab-project', 'acme/app', 'group/named'];
    const result = await run(args, { GEO_REGISTRY_AUDIT_GITLAB_TOKEN: TOKEN });
    expect(pathsOf(result)).toEqual(['acme/app', 'acme/app/worker', 'group/named', 'other/app']);
  });

  test('a refused token: exit 4', async () => {
    const { run } = await world();
    const result = await run(['--gitlab-group', 'acme'], {
      GEO_REGISTRY_AUDIT_GITLAB_TOKEN: 'glpat-other-secret',
    });
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(/GitLab answers 401/);
    expect(result.stderr).not.toContain('glpat-other-secret');
  });

  test('GitLab with a private CA needs --gitlab-ca-file, and is told so', async () => {
    const directory = makeTempDir('gitlab-tls');
    const authority = makeAuthority(directory);
    const { keyFile, certFile } = makeCertificate(directory, authority);
    const gitlab = await startScriptedServer(
      [{ method: 'GET', path: /^\/api\/v4\/groups\/acme\//, reply: { body: '[{"path":"acme/app"}]' } }],
      { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') },
    );
    closers.push(gitlab.close);
    const { primary, secondary } = await world();
    const args = ['--gitlab-url', gitlab.url, '--gitlab-group', 'acme'];
    const without = await scan(primary.url, secondary.url, args);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('--gitlab-ca-file');
    const result = await scan(primary.url, secondary.url, [...args, '--gitlab-ca-file', authority.certFile]);
    expect(result.code).toBe(0);
    expect(pathsOf(result)).toEqual(['acme/app']);
  });

  test('an unknown project: exit 2', async () => {
    const { run } = await world(null);
    const result = await run(['--gitlab-project', 'acme/nope']);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/404 Project Not Found/);
  });

  test.each([
    ['nothing named', [], /no repository is named/],
    ['a group without GitLab', ['--gitlab-group', 'acme'], /--gitlab-group needs --gitlab-url/],
    [
      'GitLab without a group',
      ['--gitlab-url', 'http://127.0.0.1:9'],
      /needs --gitlab-project or --gitlab-group/,
    ],
    [
      'an impossible group',
      ['--gitlab-url', 'http://127.0.0.1:9', '--gitlab-group', 'a/../b'],
      /--gitlab-group: expected/,
    ],
    [
      'no such token file',
      ['--gitlab-url', 'http://127.0.0.1:9', '--gitlab-group', 'a', '--gitlab-token-file', 'none'],
      /there is no such file/,
    ],
  ])('%s: exit 3', async (_name, args, words) => {
    const result = await scan('http://127.0.0.1:9', 'http://127.0.0.1:9', args);
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(words);
  });
});
