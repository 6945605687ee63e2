import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  anonymousCredential,
  basicCredential,
  bearerCredential,
  describeCredential,
  gitlabKeyCredential,
  identityTokenCredential,
} from '../../src/auth/credential.ts';
import { UsageError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';

const SECRET = 'planted-secret-4711';
const source = 'environment GEO_REGISTRY_AUDIT_PRIMARY_PASSWORD';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('a credential shows where it came from and never its secret', () => {
  const rows = [
    [
      basicCredential({ username: 'root', password: SECRET, source }),
      { kind: 'basic', source, username: 'root' },
    ],
    [bearerCredential({ token: SECRET, source }), { kind: 'bearer', source }],
    [
      identityTokenCredential({ token: SECRET, source, username: 'me' }),
      { kind: 'identity-token', source, username: 'me' },
    ],
    [
      gitlabKeyCredential({ key: privateKey, issuer: 'i', service: 's', source }),
      { kind: 'gitlab-key', source },
    ],
    [anonymousCredential(), { kind: 'anonymous', source: 'none found' }],
  ] as const;
  test.each(rows)('%#: by every way of showing it', (credential, shown) => {
    expect(describeCredential(credential)).toEqual(shown);
    expect(JSON.parse(JSON.stringify(credential))).toEqual(shown);
    const logged: string[] = [];
    const log = createLogger('debug', () => ({ write: (line) => logged.push(line) }));
    log.debug({ credential }, 'x');
    log.debug(credential, 'x');
    const views = [
      inspect(credential),
      inspect(credential, { showHidden: true, depth: 9 }),
      inspect({ nested: [credential] }, { showHidden: true, depth: 9 }),
      JSON.stringify({ ...credential }),
      String(credential),
      JSON.stringify(Object.entries(credential)),
      ...logged,
    ].join('\n');
    expect(views).not.toContain(SECRET);
    expect(views).not.toMatch(/KeyObject|asymmetricKey/);
  });
});

test('the secrets are there for those who ask by name', () => {
  expect(basicCredential({ username: 'u', password: SECRET, source }).password).toBe(SECRET);
  expect(bearerCredential({ token: SECRET, source }).token).toBe(SECRET);
  expect(gitlabKeyCredential({ key: privateKey, issuer: 'i', service: 's', source }).key).toBe(privateKey);
});

test.each([
  ['a colon in the user name', () => basicCredential({ username: 'a:b', password: SECRET, source })],
  ['a line break in the user name', () => basicCredential({ username: 'a\nb', password: SECRET, source })],
  ['a line break in the token', () => bearerCredential({ token: `${SECRET}\nx: y`, source })],
  ['an empty token', () => bearerCredential({ token: '', source })],
  ['a blank in an identity token', () => identityTokenCredential({ token: `${SECRET} `, source })],
])('%s is a usage error that names the source', (_name, make) => {
  expect(make).toThrow(UsageError);
  expect(make).toThrow(source);
  expect(make).not.toThrow(SECRET);
});
