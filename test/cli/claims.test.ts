import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimJournal, claimRepositories } from '../../src/cli/claims.ts';
import { buildModule } from '../support/build-module.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const newJournal = () => join(makeTempDir('claim'), 'journal.ndjson');

test('a claim keeps a second run out until it is let go of, and leaves nothing behind', () => {
  const journal = newJournal();
  const release = claimJournal(journal);
  expect(statSync(`${journal}.lock`).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(`${journal}.lock`, 'utf8'))).toEqual({
    pid: process.pid,
    host: hostname(),
    startTime: process.platform === 'linux' ? expect.any(Number) : null,
  });
  expect(() => claimJournal(journal)).toThrow(`is being written by process ${process.pid} on ${hostname()}`);
  release();
  expect(existsSync(`${journal}.lock`)).toBe(false);
  const again = claimJournal(journal);
  release();
  expect(existsSync(`${journal}.lock`)).toBe(true);
  again();
});

test('a process that runs keeps its claim, one that was killed does not', async () => {
  const journal = newJournal();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const ended = new Promise((resolve) => other.once('exit', resolve));
  writeFileSync(`${journal}.lock`, JSON.stringify({ pid: other.pid, host: hostname() }));
  expect(() => claimJournal(journal)).toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
  await ended;
  claimJournal(journal)();
});

test('what an earlier process of the same number left, as in a container that was started anew, is no claim', () => {
  const journal = newJournal();
  writeFileSync(`${journal}.lock`, JSON.stringify({ pid: process.pid, host: hostname() }));
  claimJournal(journal)();
});

test.each([
  [
    'of another machine',
    JSON.stringify({ pid: 1, host: 'another.example' }),
    /process 1 on another\.example/,
  ],
  ['that says nothing yet', '', /another run/],
])('a claim %s holds until it has not been renewed for five minutes', (_, text, words) => {
  const journal = newJournal();
  writeFileSync(`${journal}.lock`, text);
  expect(() => claimJournal(journal)).toThrow(words);
  const old = Date.now() / 1000 - 301;
  utimesSync(`${journal}.lock`, old, old);
  claimJournal(journal)();
});

test('of many processes that find the same remains, one gets the claim', async () => {
  const journal = newJournal();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(`${journal}.lock`, JSON.stringify({ pid: dead, host: hostname() }));
  const script = `
    const { claimJournal } = await import(${JSON.stringify(await buildModule('cli/claims.ts'))});
    try { claimJournal(${JSON.stringify(journal)}); process.stdout.write('claimed'); } catch { process.stdout.write('refused'); }
    process.stdin.resume();`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const words = await Promise.all(
    children.map(
      (child) => new Promise<string>((tell) => child.stdout.once('data', (data) => tell(`${data}`))),
    ),
  );
  for (const child of children) child.stdin.end();
  expect(words.filter((word) => word === 'claimed')).toHaveLength(1);
});

test('a directory that is not there is told', () => {
  expect(() => claimJournal(join(makeTempDir('claim'), 'nowhere', 'journal.ndjson'))).toThrow(
    /could not write .*journal\.ndjson\.lock: ENOENT/,
  );
});

test('a fix has its repositories for itself, on this machine, and another registry of the same name is another', () => {
  const [a, b] = ['https://a.example', 'https://b.example'];
  const release = claimRepositories(a, ['group/one', 'group/two']);
  const other = claimRepositories(b, ['group/one', 'group/three']);
  expect(() => claimRepositories(a, ['group/three', 'group/two'])).toThrow(
    `another fix of group/two on ${a} is under way: process ${process.pid} on ${hostname()}`,
  );
  // Of what it asked for, nothing is left claimed.
  claimRepositories(a, ['group/three'])();
  release();
  other();
  claimRepositories(a, ['group/one', 'group/two'])();
});

test('where nothing can be written, or somebody else owns the place, a fix goes without', () => {
  const before = process.env.TMPDIR;
  try {
    process.env.TMPDIR = '/proc/nowhere';
    claimRepositories('https://a.example', ['group/one']);
    claimRepositories('https://a.example', ['group/one'])();
  } finally {
    process.env.TMPDIR = before;
  }
});
