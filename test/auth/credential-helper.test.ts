import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { askCredentialHelper } from '../../src/auth/credential-helper.ts';
import { UsageError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { helperBody, writeHelper } from './support/fake-helper.ts';
import { rejection } from './support/harness.ts';

const SECRET = 'planted-secret-4711';
const SERVER = 'registry.example.com:5000';
const bin = makeTempDir('helpers');
const env = { PATH: bin };
// Long enough for a slow machine to start Node, where the answer is what is looked at.
const PATIENT = 20_000;
const ask = (name: string, timeoutMs = PATIENT, server = SERVER) =>
  askCredentialHelper({ name, server, timeoutMs, env });

beforeAll(() => {
  writeHelper(bin, 'good', helperBody({ [SERVER]: ['user', SECRET], 'id.example.com': ['<token>', SECRET] }));
  writeHelper(bin, 'empty', 'console.log(\'{"ServerURL":"","Username":"","Secret":""}\')');
  writeHelper(bin, 'deaf', `process.stdin.destroy(); console.log('{"Username":"u","Secret":"${SECRET}"}')`);
  writeHelper(bin, 'rubbish', `console.log('rubbish ${SECRET}')`);
  writeHelper(bin, 'silent', '');
  writeHelper(bin, 'shape', `console.log('{"Username":"${SECRET}","Secret":5}')`);
  writeHelper(bin, 'failing', `console.log('cannot unlock ${SECRET}'); process.exitCode = 3`);
  writeHelper(bin, 'flood', `const line = '${SECRET}'.repeat(1000); setInterval(() => console.log(line), 0)`);
  writeHelper(bin, 'hanging', 'setInterval(() => undefined, 1000)');
  // The grandchild keeps the pipe open after the helper is gone.
  writeFileSync(join(bin, 'docker-credential-orphan'), '#!/bin/sh\n/bin/sleep 5 &\n/bin/sleep 5\n');
  chmodSync(join(bin, 'docker-credential-orphan'), 0o755);
  writeFileSync(join(bin, 'docker-credential-unstartable'), 'no program');
});

describe('askCredentialHelper', () => {
  test('gives user and secret', async () => {
    expect(await ask('good')).toEqual({ username: 'user', secret: SECRET });
    expect(await ask('good', PATIENT, 'id.example.com')).toEqual({ username: '<token>', secret: SECRET });
  });

  test('a server the helper does not know, and an empty answer, are no credential', async () => {
    expect(await ask('good', PATIENT, 'other.example.com')).toBeNull();
    expect(await ask('empty')).toBeNull();
  });

  test('a helper that does not read its input may still answer', async () => {
    expect(await ask('deaf')).toEqual({ username: 'u', secret: SECRET });
  });

  test.each([
    ['missing', 'not in PATH', PATIENT],
    ['unstartable', 'cannot be started (EACCES)', PATIENT],
    ['rubbish', 'no credential', PATIENT],
    ['silent', 'no credential', PATIENT],
    ['shape', 'no credential', PATIENT],
    ['failing', 'status 3', PATIENT],
    ['flood', 'more than 64 KiB', PATIENT],
    ['hanging', 'did not answer within 0.3 s', 300],
    ['orphan', 'did not answer within 0.3 s', 300],
  ])('%s: one line that says "%s" and shows nothing of its output', async (name, expected, timeoutMs) => {
    const error = await rejection(ask(name, timeoutMs));
    expect(error).toBeInstanceOf(UsageError);
    const { message, hint } = error as UsageError;
    expect(message).toContain(`docker-credential-${name} `);
    expect(message).toContain(expected);
    expect(`${message}${hint}`).not.toMatch(/\n|planted/);
  });

  test('no shell sees the name or the server', async () => {
    const planted = join(bin, 'planted');
    for (const name of ['x;touch planted', '../good', 'good get', '', 'a/b', '$(touch planted)']) {
      expect(await rejection(ask(name))).toBeInstanceOf(UsageError);
    }
    expect(await ask('good', PATIENT, `$(touch ${planted}); touch ${planted}`)).toBeNull();
    expect(existsSync(planted)).toBe(false);
  });

  test('ends with the run', async () => {
    const controller = new AbortController();
    const options = { name: 'hanging', server: SERVER, timeoutMs: PATIENT, env, signal: controller.signal };
    const asked = rejection(askCredentialHelper(options));
    controller.abort(new Error('interrupted'));
    expect(await asked).toMatchObject({ message: 'interrupted' });
    expect(await rejection(askCredentialHelper(options))).toMatchObject({ message: 'interrupted' });
  });
});
