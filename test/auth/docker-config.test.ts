import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Credential } from '../../src/auth/credential.ts';
import { dockerConfigDependencies, findDockerCredential } from '../../src/auth/docker-config.ts';
import { keysMatching, serverName } from '../../src/auth/docker-config-host.ts';
import { UsageError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { helperBody, writeHelper } from './support/fake-helper.ts';
import { rejection } from './support/harness.ts';

const SECRET = 'planted-secret-4711';
const HOST = 'registry.example.com:5000';
const registry = new URL(`https://${HOST}`);
const auth = (username: string) => ({ auth: Buffer.from(`${username}:${SECRET}`).toString('base64') });

let root: string;
let home: string;
let bin: string;
const at = (...parts: string[]) => join(root, ...parts);
const write = (path: string, content: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
};
const find = (env: Record<string, string> = {}, url = registry) =>
  findDockerCredential(url, { PATH: bin, ...env }, home, dockerConfigDependencies({ PATH: bin }));
const userOf = (credential: Credential | null) =>
  credential?.kind === 'basic' ? credential.username : (credential?.kind ?? null);

beforeEach(() => {
  root = makeTempDir('docker-config');
  home = at('home');
  bin = at('bin');
  mkdirSync(bin);
});

describe('the lookup order', () => {
  const places = () => [
    { path: at('auth-file.json'), user: 'first', source: `${at('auth-file.json')} auths` },
    { path: at('docker', 'config.json'), user: 'second', source: `${at('docker', 'config.json')} auths` },
    { path: join(home, '.docker', 'config.json'), user: 'third', source: '~/.docker/config.json auths' },
    {
      path: at('run', 'containers', 'auth.json'),
      user: 'fourth',
      source: `${at('run', 'containers', 'auth.json')} auths`,
    },
  ];
  const env = () => ({
    REGISTRY_AUTH_FILE: at('auth-file.json'),
    DOCKER_CONFIG: at('docker'),
    XDG_RUNTIME_DIR: at('run'),
  });

  test.each([0, 1, 2, 3])('the first file that has an entry wins: from place %i on', async (from) => {
    for (const [index, { path, user }] of places().entries()) {
      write(path, { auths: index < from ? { 'other.example.com': auth('other') } : { [HOST]: auth(user) } });
    }
    const credential = await find(env());
    expect(userOf(credential)).toBe(places()[from]?.user);
    expect(credential?.source).toBe(places()[from]?.source);
  });

  test('missing and empty files are passed over, and nothing is found without any', async () => {
    expect(await find(env())).toBeNull();
    write(at('auth-file.json'), '');
    write(at('run', 'containers', 'auth.json'), { auths: { [HOST]: auth('fourth') } });
    expect(userOf(await find(env()))).toBe('fourth');
  });

  test('variables that are not set name no file', async () => {
    for (const { path, user } of places()) write(path, { auths: { [HOST]: auth(user) } });
    expect(userOf(await find())).toBe('third');
    expect(userOf(await find({ REGISTRY_AUTH_FILE: '', DOCKER_CONFIG: '' }))).toBe('third');
  });
});

describe('an entry of auths', () => {
  test.each<[string, unknown, string | null, string | null]>([
    ['base64', auth('user'), 'user', SECRET],
    ['a colon in the password', { auth: Buffer.from('user:a:b').toString('base64') }, 'user', 'a:b'],
    [
      'an old password padded with NUL',
      { auth: Buffer.from(`user:${SECRET}\0\0`).toString('base64') },
      'user',
      SECRET,
    ],
    ['user name and password', { username: 'user', password: SECRET }, 'user', SECRET],
    ['an identity token beside auth', { ...auth('user'), identitytoken: SECRET }, 'identity-token', SECRET],
    ['a registry token', { registrytoken: SECRET }, 'bearer', SECRET],
    ['nothing in it', {}, null, null],
    ['null', null, null, null],
    ['only an email address', { email: 'a@example.com' }, null, null],
  ])('%s', async (_name, entry, kind, secret) => {
    write(join(home, '.docker', 'config.json'), { auths: { [HOST]: entry } });
    const credential = await find();
    expect(userOf(credential)).toBe(kind);
    const found =
      credential?.kind === 'basic'
        ? credential.password
        : credential && 'token' in credential
          ? credential.token
          : null;
    expect(found).toBe(secret);
  });
});

describe('keysMatching', () => {
  test.each([
    ['the bare host and port', 'https://r.example.com:5000', 'r.example.com:5000', true],
    ['with a scheme', 'https://r.example.com:5000', 'https://r.example.com:5000', true],
    ['with another scheme', 'https://r.example.com:5000', 'http://r.example.com:5000', true],
    ['with the path of old versions', 'https://r.example.com', 'https://r.example.com/v1/', true],
    ['with a trailing slash', 'https://r.example.com', 'https://r.example.com/', true],
    ['the default port left out', 'https://r.example.com', 'r.example.com:443', true],
    ['the default port given', 'http://r.example.com:80', 'r.example.com', true],
    ['upper case', 'https://r.example.com', 'R.Example.com', true],
    ['IPv6', 'http://[::1]:5000', '[::1]:5000', true],
    ['another port', 'https://r.example.com:5000', 'r.example.com', false],
    ['no port where the key has one', 'https://r.example.com', 'r.example.com:5000', false],
    ['another host', 'https://r.example.com', 'example.com', false],
    ['a longer host', 'https://r.example.com', 'r.example.com.evil.example', false],
    ['a host after user info', 'https://r.example.com', 'r.example.com@evil.example', false],
    ['a repository path', 'https://r.example.com', 'r.example.com/group', false],
    ['the path prefix', 'https://r.example.com/reg', 'r.example.com/reg', true],
    ['the start of the path prefix', 'https://r.example.com/reg/istry', 'r.example.com/reg', true],
    ['not half a path segment', 'https://r.example.com/registry', 'r.example.com/reg', false],
    ['Docker Hub by its old address', 'https://registry-1.docker.io', 'https://index.docker.io/v1/', true],
    ['Docker Hub by its short name', 'https://index.docker.io', 'docker.io', true],
    ['rubbish', 'https://r.example.com', ':::', false],
    ['nothing', 'https://r.example.com', '', false],
  ])('%s', (_name, url, key, expected) => {
    expect(keysMatching([key], new URL(url))).toEqual(expected ? [key] : []);
  });

  test('the most specific first', () => {
    const keys = ['r.example.com', 'r.example.com/a/b', 'r.example.com/a'];
    expect(keysMatching(keys, new URL('https://r.example.com/a/b'))).toEqual([
      'r.example.com/a/b',
      'r.example.com/a',
      'r.example.com',
    ]);
  });

  test('credential stores know Docker Hub by its old address', () => {
    expect(serverName(new URL('https://registry-1.docker.io'))).toBe('https://index.docker.io/v1/');
    expect(serverName(registry)).toBe(HOST);
  });
});

describe('helpers', () => {
  const config = () => join(home, '.docker', 'config.json');

  test('credHelpers before credsStore before auths', async () => {
    writeHelper(bin, 'one', helperBody({ [HOST]: ['from-helper', SECRET] }));
    writeHelper(bin, 'store', helperBody({ [HOST]: ['from-store', SECRET] }));
    const auths = { [HOST]: auth('from-auths') };
    write(config(), { credHelpers: { [HOST]: 'one' }, credsStore: 'store', auths });
    const credential = await find();
    expect(userOf(credential)).toBe('from-helper');
    expect(credential?.source).toBe('~/.docker/config.json credHelpers (docker-credential-one)');
    write(config(), { credHelpers: { 'other.example.com': 'one' }, credsStore: 'store', auths });
    expect(userOf(await find())).toBe('from-store');
    write(config(), { auths });
    expect(userOf(await find())).toBe('from-auths');
  });

  test('what no helper has is looked for in auths, then in the next file', async () => {
    writeHelper(bin, 'store', helperBody({}));
    write(config(), { credHelpers: { [HOST]: 'store' }, credsStore: 'store', auths: { [HOST]: {} } });
    write(at('run', 'containers', 'auth.json'), { auths: { [HOST]: auth('fourth') } });
    expect(userOf(await find({ XDG_RUNTIME_DIR: at('run') }))).toBe('fourth');
  });

  test('<token> as user name is an identity token', async () => {
    writeHelper(bin, 'store', helperBody({ [HOST]: ['<token>', SECRET] }));
    write(config(), { credsStore: 'store' });
    expect(await find()).toMatchObject({ kind: 'identity-token', token: SECRET });
  });

  test('a missing helper is one line', async () => {
    write(config(), { credsStore: 'gone' });
    expect(await rejection(find())).toBeInstanceOf(UsageError);
  });
});

describe('a malformed file is a usage error that names it and shows nothing of it', () => {
  test.each<[string, unknown, RegExp]>([
    ['no JSON', `{"auths":\n{"x": ${SECRET}}}`, /not valid JSON/],
    ['JSON cut off', `{"auths": {"${HOST}": {"password": "${SECRET}`, /not valid JSON/],
    ['a list', [SECRET], /malformed at the whole/],
    ['auths is text', { auths: SECRET }, /malformed at auths/],
    ['a helper that is a number', { credHelpers: { x: 5, y: SECRET } }, /malformed at credHelpers\.x/],
    ['an entry that is text', { auths: { [HOST]: SECRET } }, /auths\["registry.example.com:5000"\]:/],
    ['auth is a number', { auths: { [HOST]: { auth: 5, password: SECRET } } }, /\.auth:/],
    ['auth is no base64', { auths: { [HOST]: { auth: `!${SECRET}` } } }, /\.auth: not the base64/],
    [
      'auth without a colon',
      { auths: { [HOST]: { auth: Buffer.from(SECRET).toString('base64') } } },
      /\.auth: not/,
    ],
    ['a password without a user', { auths: { [HOST]: { password: SECRET } } }, /only one of/],
    ['a bad helper name', { credsStore: `../${SECRET}` }, /name that is not allowed/],
  ])('%s', async (_name, content, expected) => {
    write(join(home, '.docker', 'config.json'), content);
    const error = await rejection(find());
    expect(error).toBeInstanceOf(UsageError);
    const { message, hint, cause } = error as UsageError;
    expect(message).toMatch(expected);
    expect(cause).toBeUndefined();
    expect(`${message}${hint}`).not.toMatch(/planted|cGxhbnRlZ|\n/);
  });

  test('the file is named, below the home directory with a tilde', async () => {
    write(join(home, '.docker', 'config.json'), 'x');
    expect(await rejection(find())).toMatchObject({
      message: 'the docker configuration ~/.docker/config.json is not valid JSON',
    });
  });

  test('so is one that cannot be read', async () => {
    mkdirSync(join(home, '.docker', 'config.json'), { recursive: true });
    expect(await rejection(find())).toMatchObject({
      message: 'the docker configuration ~/.docker/config.json cannot be read (EISDIR)',
    });
  });
});
