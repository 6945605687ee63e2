import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeCredential } from '../../src/auth/credential.ts';
import { COMMON_OPTIONS } from '../../src/config/options.ts';
import { type CommandLine, type Environment, resolveOptions } from '../../src/config/resolve-options.ts';
import { siteOptions } from '../../src/config/site-options.ts';
import { registryUrl, siteSettings } from '../../src/config/site-settings.ts';
import { UsageError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const SECRET = 's3cret-Pa55';
const OPTIONS = { ...siteOptions('primary-'), ...siteOptions('secondary-'), ...COMMON_OPTIONS };

function file(text: string): string {
  const path = join(makeTempDir('secret'), 'file');
  writeFileSync(path, text);
  return path;
}

function settings(commandLine: CommandLine, environment: Environment = {}, stdin = '') {
  const options = resolveOptions(
    OPTIONS,
    { 'primary-url': 'https://a.example', ...commandLine },
    environment,
  );
  const context = {
    environment: { HOME: makeTempDir('home'), ...environment },
    readStdin: async () => stdin,
  };
  return siteSettings(options, 'primary-', context);
}

describe('the URL', () => {
  it.each([
    ['http://a.example', 'http://a.example/'],
    ['https://a.example:5050', 'https://a.example:5050/'],
    ['https://a.example:443/', 'https://a.example/'],
    ['HTTPS://A.Example', 'https://a.example/'],
    ['https://a.example/registry', 'https://a.example/registry/'],
    ['https://a.example/registry///', 'https://a.example/registry/'],
    ['https://a.example/v2', 'https://a.example/'],
    ['https://a.example/v2/', 'https://a.example/'],
    ['https://a.example/v2//', 'https://a.example/'],
    ['https://a.example/registry/v2/', 'https://a.example/registry/'],
    ['http://[::1]:5000', 'http://[::1]:5000/'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000/'],
  ])('%s is %s', (text, expected) => {
    expect(registryUrl(text, '--url').href).toBe(expected);
  });

  it.each([
    [null, /^--url is missing: expected an http/],
    ['registry.example.com', /^--url: "registry\.example\.com" is not a URL; expected/],
    ['registry.example.com:5050', /^--url: expected an http/],
    ['ftp://a.example', /^--url: expected an http/],
    ['file:///etc/passwd', /^--url: expected an http/],
    ['https://', /is not a URL/],
    ['https://a.example:99999', /is not a URL/],
    ['https://a b', /is not a URL/],
    ['https://a.example/?x=1', /no query and no fragment/],
    ['https://a.example/#x', /no query and no fragment/],
  ])('%s cannot be', (text, message) => {
    expect(() => registryUrl(text, '--url')).toThrow(UsageError);
    expect(() => registryUrl(text, '--url')).toThrow(message);
  });

  it.each([
    `https://root:${SECRET}@a.example`,
    `https://root:${SECRET}@a.example:99999`,
    `https:/root:${SECRET}@a b`,
    `https//root:${SECRET}@a b`,
    `root:${SECRET}@a.example`,
    `${SECRET}@a b`,
    `https://x@y:${SECRET}@a b`,
  ])('never shows the password in it', (text) => {
    expect(() => registryUrl(text, '--primary-url')).toThrow(UsageError);
    expect(() => registryUrl(text, '--primary-url')).not.toThrow(new RegExp(SECRET));
  });
});

describe('the credential', () => {
  it.each<[string, () => [CommandLine, Environment?, string?], object]>([
    ['none', () => [{}], { kind: 'anonymous' }],
    [
      'a password file',
      () => [{ 'primary-username': 'u', 'primary-password-file': file(`${SECRET}\n`) }],
      { kind: 'basic', username: 'u', source: 'flag --primary-password-file' },
    ],
    [
      'a password on standard input',
      () => [{ 'primary-username': 'u', 'primary-password-stdin': true }, {}, `${SECRET}\r\n`],
      { kind: 'basic', source: 'flag --primary-password-stdin' },
    ],
    [
      'a password variable',
      () => [{ 'primary-username': 'u' }, { GEO_REGISTRY_AUDIT_PRIMARY_PASSWORD: SECRET }],
      { kind: 'basic', source: 'environment GEO_REGISTRY_AUDIT_PRIMARY_PASSWORD' },
    ],
    [
      'user name and password variables',
      () => [{}, { GEO_REGISTRY_AUDIT_PRIMARY_USERNAME: 'u', GEO_REGISTRY_AUDIT_PRIMARY_PASSWORD: SECRET }],
      { kind: 'basic', username: 'u' },
    ],
    [
      'a token file',
      () => [{ 'primary-token-file': file(SECRET) }],
      { kind: 'bearer', source: 'flag --primary-token-file' },
    ],
    ['a token variable', () => [{}, { GEO_REGISTRY_AUDIT_PRIMARY_TOKEN: SECRET }], { kind: 'bearer' }],
    [
      'a flag over a variable',
      () => [{ 'primary-token-file': file(SECRET) }, { GEO_REGISTRY_AUDIT_PRIMARY_TOKEN: 'other' }],
      { kind: 'bearer', source: 'flag --primary-token-file' },
    ],
    [
      "the other side's variable",
      () => [{}, { GEO_REGISTRY_AUDIT_SECONDARY_TOKEN: SECRET }],
      { kind: 'anonymous' },
    ],
  ])('%s', async (_, given, expected) => {
    const { credential } = await settings(...given());
    expect(describeCredential(credential)).toMatchObject(expected);
    expect(JSON.stringify(credential) + inspect(credential, { showHidden: true })).not.toContain(SECRET);
  });

  it('has the secret without the line end, and nothing else taken off', async () => {
    const { credential } = await settings({
      'primary-username': 'u',
      'primary-password-file': file(` ${SECRET} \r\n`),
    });
    expect(credential.kind === 'basic' && credential.password).toBe(` ${SECRET} `);
  });

  it.each<[string, () => [CommandLine, Environment?, string?], RegExp]>([
    [
      'two flags',
      () => [
        {
          'primary-username': 'u',
          'primary-password-file': file(SECRET),
          'primary-token-file': file(SECRET),
        },
      ],
      /^two credentials for one site: --primary-password-file and --primary-token-file$/,
    ],
    [
      'standard input and a file',
      () => [
        { 'primary-username': 'u', 'primary-password-stdin': true, 'primary-password-file': file(SECRET) },
        {},
        SECRET,
      ],
      /^two credentials for one site/,
    ],
    [
      'two variables',
      () => [
        { 'primary-username': 'u' },
        { GEO_REGISTRY_AUDIT_PRIMARY_PASSWORD: SECRET, GEO_REGISTRY_AUDIT_PRIMARY_TOKEN: SECRET },
      ],
      /^two credentials for one site: environment .*PASSWORD and environment .*TOKEN$/,
    ],
    [
      'a user name alone',
      () => [{ 'primary-username': 'u' }],
      /^--primary-username: there is no password for it/,
    ],
    [
      'a password alone',
      () => [{ 'primary-password-file': file(SECRET) }],
      /^--primary-username is missing: --primary-password-file gives a password/,
    ],
    [
      'an empty file',
      () => [{ 'primary-username': 'u', 'primary-password-file': file('\n') }],
      /^--primary-password-file: .* is empty/,
    ],
    [
      'empty standard input',
      () => [{ 'primary-username': 'u', 'primary-password-stdin': true }, {}, '\n'],
      /^--primary-password-stdin: standard input is empty/,
    ],
    [
      'a file that is not there',
      () => [{ 'primary-token-file': '/nonexistent' }],
      /^--primary-token-file: cannot read \/nonexistent: there is no such file/,
    ],
    ['a directory', () => [{ 'primary-token-file': '/' }], /it is a directory/],
    ['a file without an end', () => [{ 'primary-token-file': '/dev/zero' }], /over 4 MiB/],
    [
      'a token of two lines',
      () => [{ 'primary-token-file': file(`${SECRET}\n${SECRET}\n`) }],
      /the token from flag --primary-token-file .*header cannot carry/,
    ],
    [
      'a colon in the user name',
      () => [{ 'primary-username': 'a:b', 'primary-password-file': file(SECRET) }],
      /colon/,
    ],
    ['a key that is none', () => [{ 'primary-gitlab-key': file(SECRET) }], /GitLab registry key/],
  ])('%s cannot be, and the message shows no secret', async (_, given, message) => {
    const error = await settings(...given()).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect(inspect(error)).not.toContain(SECRET);
  });
});

describe('TLS', () => {
  const pem = '-----BEGIN CERTIFICATE-----\n';

  it("takes the system's certificates from SSL_CERT_FILE", async () => {
    const { tls } = await settings({}, { SSL_CERT_FILE: file(`${pem}system`) });
    expect(tls.ca).toEqual([`${pem}system`]);
  });

  it('leaves all as it is when nothing is said, and verifies', async () => {
    expect((await settings({})).tls).toEqual({});
    expect((await settings({ 'primary-insecure': true })).tls).toEqual({ rejectUnauthorized: false });
  });

  it.each<[string, () => CommandLine, RegExp]>([
    [
      'a certificate without its key',
      () => ({ 'primary-cert-file': file(pem) }),
      /--primary-cert-file and --primary-key-file belong together/,
    ],
    ['a key without its certificate', () => ({ 'primary-key-file': file(pem) }), /belong together/],
  ])('%s cannot be', async (_, given, message) => {
    await expect(settings(given())).rejects.toThrow(message);
  });
});

it('takes proxies from the environment, lower case first', async () => {
  const { proxy } = await settings(
    {},
    { HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower', NO_PROXY: 'a' },
  );
  expect(proxy).toEqual({ httpProxy: undefined, httpsProxy: 'http://lower', noProxy: 'a' });
});
