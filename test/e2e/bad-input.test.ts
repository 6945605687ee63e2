import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const SECRET = 's3cret-Pa55';
let registry: EmbeddedRegistry;
let sites: string[];

beforeAll(async () => {
  registry = await startEmbeddedRegistry();
  sites = ['--primary-url', registry.url, '--secondary-url', registry.url];
});
afterAll(() => registry?.close());

/** Runs and expects one line, 3, and neither a file nor a request. */
async function refused(
  args: readonly string[],
  message: RegExp,
  options: Parameters<typeof runCli>[1] = {},
): Promise<void> {
  const cwd = options.cwd ?? makeTempDir('cwd');
  const before = readdirSync(cwd);
  registry.requests.length = 0;
  const result = await runCli(args, { ...options, cwd });
  expect(result.stderr).toMatch(/^geo-registry-audit: [^\n]+\n$/);
  expect(result.stderr).toMatch(message);
  expect(result.stderr).not.toContain(SECRET);
  expect(result.stderr).not.toContain('defect');
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 3, stdout: '' });
  expect(readdirSync(cwd)).toEqual(before);
  expect(registry.requests).toEqual([]);
}

describe('one clear line, 3, and nothing written', () => {
  it.each<[string, string[], RegExp]>([
    ['no command', [], /name a command: scan/],
    ['an unknown command', ['frobnicate'], /unknown: frobnicate/],
    ['a command with a typing mistake', ['scna', 'a/b'], /: unknown: scna \(did you mean scan\?\)\. See/],
    [
      'an unknown flag',
      ['scan', 'a/b', '--primary-uri', 'http://x'],
      /unknown: --primary-uri \(did you mean --primary-url\?\)/,
    ],
    [
      'several of them',
      ['scan', 'a/b', '--concurency', '4', '--quite', '--nothing-like-it=1'],
      /unknown: --concurency \(did you mean --concurrency\?\), --quite \(did you mean --quiet\?\), --nothing-like-it\. /,
    ],
    ['an unknown short flag', ['demo', '-x'], /unknown: -x/],
    ['an argument that the command does not take', ['demo', 'a/b'], /unknown: a\/b/],
    [
      'a secret as the value of a flag',
      ['scan', 'a/b', `--primary-password=${SECRET}`],
      /unknown: --primary-password/,
    ],
    ['a flag without its value', ['scan', 'a/b', '--primary-url'], /--primary-url needs a value/],
    ['a flag with an empty value', ['demo', '--out='], /--out: expected a value/],
    [
      'a switch with another word',
      ['demo', '--quiet=perhaps'],
      /--quiet: expected true or false, got "perhaps"/,
    ],
    [
      'a missing primary URL',
      ['scan', 'a/b', '--secondary-url', 'http://127.0.0.1:1'],
      /--primary-url is missing: expected an http/,
    ],
    [
      'a missing secondary URL',
      ['scan', 'a/b', '--primary-url', 'http://127.0.0.1:1'],
      /--secondary-url is missing/,
    ],
    [
      'a malformed URL',
      ['scan', 'a/b', '--primary-url', 'nonsense'],
      /--primary-url: "nonsense" is not a URL; expected/,
    ],
    [
      'another scheme',
      ['scan', 'a/b', '--primary-url', 'ftp://a.example'],
      /--primary-url: expected an http/,
    ],
    [
      'a password in the URL',
      ['scan', 'a/b', '--primary-url', `https://u:${SECRET}@a.example`],
      /--primary-url: credentials do not belong into the URL/,
    ],
    ['an unknown format', ['demo', '--format', 'xml'], /--format: expected .*json.*, got "xml"/],
    ['standard output without a format', ['demo', '--out', '-'], /--out -: expected one --format/],
    [
      'standard output with two formats',
      ['demo', '--out', '-', '--format', 'json,csv'],
      /--out -: expected one --format, got json,csv/,
    ],
    ['another log level', ['demo', '--log-level', 'loud'], /--log-level: expected one of trace/],
    [
      'a log file that cannot be',
      ['demo', '--log-file', '/dev/null/log'],
      /--log-file: cannot write \/dev\/null\/log/,
    ],
    [
      'a configuration file that is not there',
      ['demo', '--config', 'nowhere.yml'],
      /--config: cannot read nowhere\.yml: there is no such file/,
    ],
    ['merge without a report', ['merge'], /not enough arguments: expected merge <report\.\.>/],
    ['compare with one snapshot', ['compare', 'a.json'], /expected compare <primary> <secondary>/],
    ['a report that is not there', ['render', 'nowhere.json'], /nowhere\.json/],
  ])('%s', async (_, args, message) => {
    await refused(args, message);
  });

  it.each<[string, string[], RegExp]>([
    [
      'another word for --narrow',
      ['a/b', '--narrow', 'most'],
      /--narrow: expected one of auto, all, off, got "most"/,
    ],
    [
      'another client path',
      ['a/b', '--client-path', 'v3'],
      /--client-path: expected one of auto, docker-v2, gitlab-v1/,
    ],
    ['a pause that is none', ['a/b', '--settle', 'soon'], /--settle: expected a number from 0/],
    [
      'half a request',
      ['a/b', '--concurrency', '1.5'],
      /--concurrency: expected a whole number from 1 to 256, got "1\.5"/,
    ],
    ['a negative number', ['a/b', '--retries=-1'], /--retries: expected a whole number/],
    ['a flag twice', ['a/b', '--settle', '1', '--settle', '2'], /--settle is given twice/],
    ['no repository', [], /no repository is named/],
    ['an impossible path', ['a//b'], /"a\/\/b" cannot be a repository path/],
    ['a path that climbs', ['../../etc'], /cannot be a repository path/],
    ['a path with a tag', ['a/b:latest'], /cannot be a repository path.* without a tag/],
    [
      'a list that is not there',
      ['--repositories-from', 'nowhere.txt'],
      /--repositories-from: cannot read nowhere\.txt: there is no such file/,
    ],
    ['an expression that is none', ['a/b', '--include', '['], /--include: "\[" is not a regular expression/],
    [
      'a password without a user',
      ['a/b', '--primary-password-file', '/dev/null'],
      /--primary-(username|password-file)/,
    ],
    [
      'a password file that is not there',
      ['a/b', '--primary-username', 'u', '--primary-password-file', 'nowhere'],
      /--primary-password-file: cannot read nowhere/,
    ],
    [
      'a key that is not there',
      ['a/b', '--secondary-gitlab-key', 'nowhere'],
      /--secondary-gitlab-key: cannot read nowhere/,
    ],
    [
      'a certificate without its key',
      ['a/b', '--primary-cert-file', import.meta.filename],
      /--primary-cert-file/,
    ],
    [
      'standard input twice',
      ['--repositories-from', '-', '--primary-username', 'u', '--primary-password-stdin'],
      /standard input can be read once/,
    ],
  ])('scan with %s', async (_, args, message) => {
    await refused(['scan', ...sites, ...args], message);
  });

  // What comes in is the password: whatever reads it for something else must not get to print it.
  it.each<[string, string[], RegExp]>([
    [
      'snapshot, of a list',
      ['snapshot', '--username', 'u', '--password-stdin', '--repositories-from', '-'],
      /standard input can be read once, not by each of --password-stdin, --repositories-from -\. Name a file/,
    ],
    [
      'snapshot, of tuples, which enters no site',
      ['snapshot', '--password-stdin', '--from-tuples', '-', '--accept', 'wide', 'a/b'],
      /--password-stdin, --from-tuples -/,
    ],
    [
      "snapshot, by the other site's password",
      ['snapshot', '--secondary-password-stdin', '--repositories-from', '-'],
      /--secondary-password-stdin, --repositories-from -/,
    ],
    [
      'snapshot, of a list and tuples',
      ['snapshot', '--repositories-from', '-', '--from-tuples', '-', '--accept', 'wide'],
      /--repositories-from -, --from-tuples -/,
    ],
    [
      "snapshot, by the system's name for it",
      ['snapshot', '--username', 'u', '--password-file', '/dev/stdin', '--repositories-from', '-'],
      /--password-file \/dev\/stdin, --repositories-from -/,
    ],
    [
      'apply, of the plan',
      ['apply', '-', '--yes', '--primary-username', 'u', '--primary-password-stdin'],
      /--primary-password-stdin, -\./,
    ],
    [
      'apply, by both sites',
      ['apply', 'plan.json', '--yes', '--primary-password-stdin', '--secondary-password-stdin'],
      /--primary-password-stdin, --secondary-password-stdin/,
    ],
    [
      'doctor, by both sites',
      ['doctor', '--primary-password-stdin', '--secondary-password-stdin'],
      /--primary-password-stdin, --secondary-password-stdin/,
    ],
    [
      'inspect, by both sites',
      ['inspect', 'a/b:c', '--primary-password-stdin', '--secondary-password-stdin'],
      /--primary-password-stdin, --secondary-password-stdin/,
    ],
    [
      'compare, of a snapshot and an export',
      ['compare', '-', 'secondary.json', '--geo-registry', '-'],
      /--geo-registry -, -\./,
    ],
    ['diff, of both reports', ['diff', '-', '/dev/stdin'], /not by each of -, \/dev\/stdin/],
    ['merge, of two reports', ['merge', '/dev/stdin', '/dev/stdin'], /\/dev\/stdin, \/dev\/stdin/],
  ])('standard input twice: %s', async (_, [command = '', ...args], message) => {
    const urls =
      command === 'snapshot'
        ? ['--url', registry.url]
        : ['apply', 'doctor', 'inspect'].includes(command)
          ? sites
          : [];
    await refused([command, ...urls, ...args], message, { stdin: `${SECRET}\n` });
  });

  it('the password of a site that is not entered, in the configuration, is not read', async () => {
    const cwd = makeTempDir('cwd');
    writeFileSync(join(cwd, 'geo-registry-audit.yml'), 'primary-password-stdin: true\n');
    const args = ['snapshot', '--from-tuples', '-', '--accept', 'wide', '--out', '-', 'a/b'];
    expect(await runCli(args, { cwd, stdin: '[]' })).toMatchObject({ code: 0, stderr: '' });
  });

  it('gitlab-v1 where a site has none, which only the site can tell', async () => {
    registry.options.database = false;
    const result = await runCli(['scan', ...sites, '--client-path', 'gitlab-v1', 'a/b']);
    registry.options.database = true;
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(
      /^Warning: [^\n]* one registry [^\n]*\ngeo-registry-audit: --client-path gitlab-v1: the primary and the secondary registry has no [^\n]*\n$/,
    );
    expect(readdirSync(result.cwd)).toEqual([]);
  });

  it.each([
    [
      'an unknown key',
      'primary:\n  url: http://a.example\ncolour: red\n',
      /geo-registry-audit\.yml, line 3: unknown option colour/,
    ],
    [
      'a value that cannot be',
      'settle: soon\n',
      /geo-registry-audit\.yml, line 1 \(settle\): expected a number/,
    ],
    [
      'a misspelt key',
      'primary:\n  url: http://a.example\nsetle: 5\n',
      /line 3: unknown option setle \(did you mean settle\?\)/,
    ],
    [
      'a value in the place of a site',
      'primary: 5\n',
      /geo-registry-audit\.yml, line 1: primary holds options of its own, not a value\. Expected "primary:"/,
    ],
    [
      'a quote that is not closed',
      'primary:\n  url: "http://a.example\nnarrow: all\n',
      /geo-registry-audit\.yml, line \d: this is not YAML: missing closing "quote\.\n$/,
    ],
    ['tabs', 'primary:\n\turl: x\n', /line 2: this is not YAML: tabs are not allowed as indentation\.\n$/],
    ['a syntax error', 'primary: [\n', /geo-registry-audit\.yml, line \d+: /],
    ['a password', `primary:\n  password: ${SECRET}\n`, /line 2: unknown option primary-password/],
  ])('a configuration file with %s', async (_, text, message) => {
    const cwd = makeTempDir('cwd');
    writeFileSync(join(cwd, 'geo-registry-audit.yml'), text);
    await refused(['scan', ...sites, 'a/b'], message, { cwd });
  });

  it('a directory for reports that is a file', async () => {
    const cwd = makeTempDir('cwd');
    writeFileSync(join(cwd, 'afile'), 'x');
    await refused(['scan', ...sites, 'a/b', '--out', 'afile'], /--out: afile is a file, not a directory\./, {
      cwd,
    });
    await refused(['demo', '--out', 'afile/below'], /--out: afile is a file, not a directory\./, { cwd });
  });

  it('a signing key that is none, by its flag and file', async () => {
    const cwd = makeTempDir('cwd');
    writeFileSync(join(cwd, 'key.pem'), 'x');
    await refused(
      ['scan', ...sites, 'a/b', '--secondary-gitlab-key', 'key.pem'],
      /: --secondary-gitlab-key: key\.pem: the GitLab registry key is no private key in PEM form\. It is the file/,
      { cwd },
    );
  });

  it.each([
    ['GEO_REGISTRY_AUDIT_PRIMARY_URI', 'did you mean GEO_REGISTRY_AUDIT_PRIMARY_URL'],
    ['GEO_REGISTRY_AUDIT_PRIMARY_PASWORD', 'did you mean GEO_REGISTRY_AUDIT_PRIMARY_PASSWORD'],
    ['GEO_REGISTRY_AUDIT_NOTHING_LIKE_IT', 'no option has this variable. '],
  ])('the variable %s, without its value', async (name, words) => {
    await refused(['scan', ...sites, 'a/b'], new RegExp(`environment ${name}: .*${words}`), {
      env: { [name]: SECRET },
    });
  });

  it('two credentials, one of them from the environment', async () => {
    const cwd = makeTempDir('cwd');
    writeFileSync(join(cwd, 'geo-registry-audit.yml'), 'primary-token-file: token\n');
    const env = { GEO_REGISTRY_AUDIT_PRIMARY_TOKEN: SECRET };
    await refused(['scan', ...sites, 'a/b'], /two credentials for one site/, { cwd, env });
  });
});

describe('help', () => {
  it.each(Object.entries(COMMANDS))(
    'of %s exits with 0, and has what the command takes, and examples',
    async (name, command) => {
      const result = await runCli([name, '--help']);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain(`geo-registry-audit ${name}`);
      expect(result.stdout).toContain('Examples:');
      for (const option of Object.keys(command.options)) expect(result.stdout).toContain(`--${option}`);
    },
  );

  it('names every command and every exit code', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of Object.keys(COMMANDS)) expect(stdout).toMatch(new RegExp(`^ .*\\b${name}\\b`, 'm'));
    for (const exit of [0, 1, 2, 3, 4, 5, 130]) expect(stdout).toMatch(new RegExp(`^ +${exit} `, 'm'));
  });

  it('has a version', async () => {
    expect(await runCli(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
