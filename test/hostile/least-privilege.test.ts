import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { helperBody, writeHelper } from '../auth/support/fake-helper.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { siteArgs } from '../support/fix-run.ts';
import { type RunCliOptions, runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const A = 'group/a';
const B = 'group/b';
const SECRET = 'planted-secret-0815';
const PULLS = [`repository:${A}:pull`, `repository:${B}:pull`];
const WRITES = /push|delete|\*$/;

let pair: FixPair;
beforeEach(async () => {
  pair = await startFixPair({ auth: 'token', users: { admin: { password: SECRET } } });
  for (const path of [A, B]) {
    pair.put('both', path, 'same', ociIndexOf('same'));
    // One layer in both repositories of the primary: copied once, then mounted from the other repository.
    pair.put('primary', path, 'new', ociImage('in both repositories'));
    pair.put('secondary', path, 'old', ociImage('old'));
  }
});
afterEach(() => pair.close());

/** Runs the command with a credential for both sites; `snapshot` takes one. */
function run(args: readonly string[], options: RunCliOptions = {}) {
  const file = join(makeTempDir('secret'), 'password');
  writeFileSync(file, `${SECRET}\n`);
  const sites = args[0] === 'snapshot' ? (['primary'] as const) : (['primary', 'secondary'] as const);
  const access = sites.flatMap((site) => [
    ...[`--${site}-url`, pair[site].url, `--${site}-username`, 'admin', `--${site}-password-file`, file],
  ]);
  return runCli([...args, ...access], options);
}

/** The scopes of every token that was asked for at a site, in the order of asking. */
function scopesAskedAt(site: 'primary' | 'secondary'): string[] {
  return pair[site].requests
    .filter(({ path }) => path.startsWith('/jwt/auth'))
    .flatMap(({ path }) => new URL(path, 'http://site').searchParams.getAll('scope'))
    .flatMap((scope) => scope.split(' '));
}

describe('a command that reads asks for nothing but pull', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['scan', ['scan', '--settle', '0', A, B], PULLS],
    ['scan --deep', ['scan', '--deep', '--settle', '0', A, B], PULLS],
    ['scan --all', ['scan', '--all', '--settle', '0'], [...PULLS, 'registry:catalog:*']],
    ['scan --fix --dry-run', ['scan', '--fix', '--dry-run', '--settle', '0', A, B], PULLS],
    ['inspect', ['inspect', `${A}:same`], PULLS],
    // It says whether `--all` would work.
    ['doctor', ['doctor', A], [...PULLS, 'registry:catalog:*']],
    ['snapshot', ['snapshot', '--out', 'snapshot.json', A, B], PULLS],
  ])('%s', async (name, args, allowed) => {
    const { code, stdout, stderr } = await run(args);
    expect(code, stdout + stderr).toBeLessThan(3);
    expect(stderr).not.toContain('defect');
    expect(scopesAskedAt('primary').length).toBeGreaterThan(0);
    if (name !== 'snapshot') expect(scopesAskedAt('secondary').length).toBeGreaterThan(0);
    for (const site of ['primary', 'secondary'] as const)
      expect([...new Set(scopesAskedAt(site))].filter((scope) => !allowed.includes(scope))).toEqual([]);
    expect(pair.writes()).toEqual([]);
  });
});

describe('a fix', () => {
  it('asks for rights to write at the secondary alone, when it writes, and for the repositories that it writes to', async () => {
    const { code, stdout, stderr } = await run(['scan', '--fix', '--yes', '--settle', '0', A, B]);
    expect(code, stdout + stderr).toBe(0);
    expect(scopesAskedAt('primary').filter((scope) => !PULLS.includes(scope))).toEqual([]);
    const asked = scopesAskedAt('secondary');
    const writing = asked.filter((scope) => WRITES.test(scope));
    expect(new Set(writing)).toEqual(new Set([A, B].map((path) => `repository:${path}:delete,pull,push`)));
    expect(asked.filter((scope) => !WRITES.test(scope) && !PULLS.includes(scope))).toEqual([]);
    // The mount from the other repository is asked for with pull alone there.
    const { requests } = pair.secondary;
    const isMount = ({ method, path }: (typeof requests)[number]) =>
      method === 'POST' && path.includes('from=');
    expect(requests.filter(isMount).map(({ path }) => /from=([^&]+)/.exec(path)?.[1])).toContain(
      encodeURIComponent(A),
    );
    // No such token is asked for before there is something to write: the scan comes first.
    const firstToken = requests.findIndex(({ path }) => /jwt.*push/.test(path));
    const firstWrite = requests.findIndex(({ method }) => !['GET', 'HEAD'].includes(method));
    const before = requests.slice(0, firstToken).filter(({ path }) => path.includes('/tags/list'));
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(firstWrite).toBeGreaterThan(before.length);
  });

  it('asks for none when there is nothing to do', async () => {
    await run(['scan', '--fix', '--yes', '--settle', '0', A, B]);
    for (const site of [pair.primary, pair.secondary]) site.requests.length = 0;
    const { code, stdout, stderr } = await run(['scan', '--fix', '--yes', '--settle', '0', A, B]);
    expect(code, stdout + stderr).toBe(0);
    for (const site of ['primary', 'secondary'] as const)
      expect(scopesAskedAt(site).filter((scope) => !PULLS.includes(scope))).toEqual([]);
  });
});

describe('with a umask that hides nothing', () => {
  let umask = 0;
  beforeAll(() => {
    umask = process.umask(0);
  });
  afterAll(() => {
    process.umask(umask);
  });

  it('every file is for its owner alone, and no directory can be written to by others', async () => {
    const cwd = makeTempDir('modes');
    const formats = [
      '--format',
      'json,csv,table,html,markdown,junit,ndjson',
      '--log-file',
      'log',
      '--redact',
    ];
    const scan = ['scan', '--settle', '0', '--out', 'deep/out', ...formats];
    expect((await run([...scan, A, B], { cwd })).code).toBe(1);
    const commands = [
      ['scan', '--fix', '--yes', '--settle', '0', '--out', 'fixed', A],
      ['snapshot', '--out', 'snapshot.json', B],
      ['snapshot', '--out', 'snapshot.json.gz', B],
    ];
    for (const args of commands) expect((await run(args, { cwd })).code).toBe(0);
    expect((await run(['scan', '--settle', '0', '--out', 'plain', B], { cwd })).code).toBe(1);
    expect((await runCli(['plan', 'plain/report.json', '--out', 'plan.json'], { cwd })).code).toBeLessThan(3);

    const entries = readdirSync(cwd, { recursive: true, encoding: 'utf8' });
    expect(entries).toEqual(
      expect.arrayContaining([
        'deep/out/report.json',
        'deep/out/tags.csv',
        'fixed/journal.ndjson',
        'fixed/plan.json',
        'geo-registry-audit-redaction.json',
        'log',
        'plan.json',
        'snapshot.json',
        'snapshot.json.gz',
      ]),
    );
    const open = entries.filter((name) => {
      const { mode } = statSync(join(cwd, name));
      return statSync(join(cwd, name)).isDirectory() ? (mode & 0o022) !== 0 : (mode & 0o777) !== 0o600;
    });
    expect(open).toEqual([]);
  });
});

describe('processes', () => {
  it('a credential helper gets its server on standard input and no secret in its arguments; nothing else is started', async () => {
    const bin = makeTempDir('helpers');
    const home = makeTempDir('docker');
    const seen = join(bin, 'seen');
    const hosts = [pair.primary, pair.secondary].map(({ url }) => new URL(url).host);
    const note = `require('node:fs').appendFileSync(${JSON.stringify(seen)}, JSON.stringify({
      own: process.argv.slice(2),
      parent: require('node:fs').readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8').split('\\0'),
      environment: Object.values(process.env),
    }) + '\\n');`;
    const entries = Object.fromEntries(hosts.map((host) => [host, ['admin', SECRET] as const]));
    writeHelper(bin, 'noting', note + helperBody(entries));
    writeFileSync(join(home, 'config.json'), JSON.stringify({ credsStore: 'noting' }));
    const env = { DOCKER_CONFIG: home, PATH: `${bin}:${process.env.PATH}` };
    const { code, stdout, stderr } = await runCli(['scan', '--settle', '0', A, ...siteArgs(pair)], { env });
    expect(code, stdout + stderr).toBe(1);
    const calls = readFileSync(seen, 'utf8').trim().split('\n');
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      expect(call).not.toContain(SECRET);
      expect(JSON.parse(call).own).toEqual(['get']);
    }
    const source = join(import.meta.dirname, '..', '..', 'src');
    const starters = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && readFileSync(join(source, name), 'utf8').includes('child_process'),
    );
    expect(starters.map((name) => relative('.', name))).toEqual([join('auth', 'credential-helper.ts')]);
  });
});

it('the threat model names tests that are there', () => {
  const root = join(import.meta.dirname, '..', '..');
  const named = readFileSync(join(root, 'SECURITY.md'), 'utf8').match(/test\/[\w/-]+\.test\.ts/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

describe('what is installed', () => {
  interface Locked {
    readonly dev?: boolean;
    readonly license?: string;
    readonly integrity?: string;
    readonly hasInstallScript?: boolean;
    readonly resolved?: string;
  }
  const lock = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8'),
  ) as { packages: Record<string, Locked> };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  const names = (isBad: (locked: Locked) => boolean) =>
    packages.flatMap(([path, locked]) => (isBad(locked) ? [path] : []));

  it('runs no script on installation, for users and for developers', () => {
    expect(packages.length).toBeGreaterThan(20);
    expect(names(({ hasInstallScript }) => hasInstallScript === true)).toEqual([]);
  });

  it('is fixed by a hash and comes from the registry', () => {
    expect(names(({ integrity }) => !/^sha512-/.test(integrity ?? ''))).toEqual([]);
    expect(
      names(({ resolved }) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    ).toEqual([]);
  });

  it('may be passed on: MIT, ISC, BSD or Apache 2.0', () => {
    const allowed = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']);
    expect(names(({ dev, license }) => dev !== true && !allowed.has(license ?? 'none'))).toEqual([]);
  });
});
