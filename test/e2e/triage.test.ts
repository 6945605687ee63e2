import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const D = `sha256:${'ab'.repeat(32)}`;
const KNOWN = JSON.stringify({
  level: 'error',
  error: `pre importing tagged manifests: pre importing manifest: retrieving manifest "${D}" from filesystem: unknown manifest name=group/app revision=${D}`,
});
const UNKNOWN = JSON.stringify({ error: 'importing repository: the disk is on fire' });

it('ends with 0 when every failure is known, and names what repairs it', async () => {
  const { code, stdout, stderr } = await runCli(['triage', '-'], { stdin: `${KNOWN}\n${KNOWN}\nother\n` });
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('3 lines read: 2 import failures, 2 known, 0 unknown');
  expect(stdout).toContain('missing-revision  2 failures  (container-registry#654)');
  expect(stdout).toContain('repositories: group/app');
  expect(stdout).toContain(D);
});

it('shouts and ends with 1 about anything else', async () => {
  const file = join(makeTempDir('log'), 'registry.log');
  writeFileSync(file, `${KNOWN}\n${UNKNOWN}\n`);
  const { code, stdout } = await runCli(['triage', file]);
  expect(code).toBe(1);
  expect(stdout).toContain('importing repository: the disk is on fire');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    'STOP: DISABLE container_registry_migration_phase2_enabled AND REPORT',
  );
});

it('gives JSON', async () => {
  const { code, stdout } = await runCli(['triage', '--format', 'json'], { stdin: `${UNKNOWN}\n` });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    kind: 'triage',
    verdict: 'STOP',
    lines: 1,
    failures: 1,
    unknownFailures: 1,
    unknown: [{ count: 1, firstLine: 1, message: 'importing repository: the disk is on fire' }],
  });
});

it('is a table whatever formats the environment says of the reports', async () => {
  const env = { GEO_REGISTRY_AUDIT_FORMAT: 'json,html', GEO_REGISTRY_AUDIT_OUT: 'reports' };
  const { code, stdout } = await runCli(['triage'], { stdin: `${KNOWN}\n`, env });
  expect(code).toBe(0);
  expect(stdout).toContain('1 line read');
});

it.each<[string, string[], Uint8Array | string, RegExp]>([
  ['binary input', ['-'], Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0), /standard input is binary and no log/],
  ['a file that is not there', ['nowhere.log'], '', /cannot read nowhere\.log: there is no such file/],
  ['a directory', ['.'], '', /cannot read \.: it is a directory/],
])('%s costs one clear line', async (_, args, stdin, words) => {
  const { code, stdout, stderr } = await runCli(['triage', ...args], { stdin });
  expect(code).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toMatch(words);
});

it('reads a log far larger than its memory', async () => {
  const file = join(makeTempDir('log'), 'registry.log');
  const noise = `${JSON.stringify({ level: 'info', msg: 'x'.repeat(200) })}\n`.repeat(4000);
  const chunk = Buffer.from(`${noise}${KNOWN}\n`);
  const times = Math.ceil((128 * 1024 * 1024) / chunk.length);
  const handle = openSync(file, 'w');
  for (let i = 0; i < times; i++) writeSync(handle, chunk);
  // One line without an end, half as long as the rest.
  for (let i = 0; i < 64; i++) writeSync(handle, Buffer.alloc(1024 * 1024, 0x79));
  closeSync(handle);
  const { code, stdout } = await runCli(['triage', '--format', 'json', file], {
    nodeArgs: ['--max-old-space-size=48'],
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ lines: times * 4001 + 1, failures: times, cutLines: 1 });
});
