import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { claimFile } from '../../src/core/claim.ts';
import { buildModule } from '../support/build-module.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const MODULE = await buildModule('core/claim.ts');

const children: ChildProcess[] = [];
afterEach(() => {
  // Ends a stopped process as well.
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const newPath = () => join(makeTempDir('claim'), 'thing.lock');

/** Another process, and its first words. */
async function start(command: string, ...args: string[]): Promise<{ child: ChildProcess; words: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const words = await new Promise<string>((tell) => child.stdout.once('data', (data) => tell(`${data}`)));
  return { child, words };
}

/** Another process that has a claim until it is killed. */
async function claimElsewhere(path: string): Promise<ChildProcess> {
  const script = `
    const { claimFile } = await import(${JSON.stringify(MODULE)});
    process.stdout.write(claimFile(${JSON.stringify(path)}).kind);
    setInterval(() => {}, 1000);`;
  const { child, words } = await start(process.execPath, '--input-type=module', '-e', script);
  expect(words).toBe('had');
  return child;
}

function age(path: string): void {
  const old = Date.now() / 1000 - 301;
  utimesSync(path, old, old);
}

function end(child: ChildProcess): Promise<unknown> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  return ended;
}

function claimAndRelease(path: string): void {
  const claim = claimFile(path);
  if (claim.kind === 'taken') throw new Error(`taken by ${claim.by}`);
  claim.release();
}

// Where the system does not say when a process was started, the age of the claim decides.
describe.skipIf(!existsSync('/proc/self/stat'))('a process of this machine', () => {
  it('keeps its claim while it is stopped, however long, and until it is gone', async () => {
    const path = newPath();
    const child = await claimElsewhere(path);
    child.kill('SIGSTOP');
    age(path);
    expect(claimFile(path)).toEqual({ kind: 'taken', by: `process ${child.pid} on ${hostname()}` });
    await end(child);
    claimAndRelease(path);
  });

  it('has no claim for having the number of the one that had it', async () => {
    const path = newPath();
    await claimElsewhere(path);
    const claimant = JSON.parse(readFileSync(path, 'utf8')) as { startTime: number };
    writeFileSync(path, JSON.stringify({ ...claimant, startTime: claimant.startTime - 1 }));
    claimAndRelease(path);
  });

  it('has none any more when it is killed and its parent does not take note', async () => {
    const path = newPath();
    const { child: parent, words } = await start('sh', '-c', 'sleep 300 & echo $!; exec sleep 300');
    // The shell itself would take note.
    const program = () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim();
    await expect.poll(program, { timeout: 30_000 }).toBe('sleep');
    const pid = Number(words);
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    writeFileSync(path, JSON.stringify({ pid, host: hostname(), startTime: Number(stat()[19]) }));
    expect(claimFile(path)).toMatchObject({ kind: 'taken' });
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => stat()[0], { timeout: 30_000 }).toBe('Z');
    claimAndRelease(path);
  });

  it('has a claim of an earlier release, which does not say when it was started, while it is renewed', async () => {
    const path = newPath();
    const { child } = await start('sh', '-c', 'echo started; exec sleep 300');
    writeFileSync(path, JSON.stringify({ pid: child.pid, host: hostname() }));
    expect(claimFile(path)).toEqual({ kind: 'taken', by: `process ${child.pid} on ${hostname()}` });
    age(path);
    claimAndRelease(path);
  });
});

it("letting go of a claim that is another's by now leaves it to that one", () => {
  const path = newPath();
  const claim = claimFile(path);
  const another = JSON.stringify({ pid: 1, host: 'another.example', startTime: null });
  writeFileSync(path, another);
  if (claim.kind === 'had') claim.release();
  expect(readFileSync(path, 'utf8')).toBe(another);
});

it('a claim is renewed as long as it is had', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const path = newPath();
    const claim = claimFile(path);
    age(path);
    vi.advanceTimersByTime(60_000);
    expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(300_000);
    if (claim.kind === 'had') claim.release();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
