import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

/** A child without stdin whose output is read here. */
export type HeardChild = ChildProcessByStdio<null, Readable, Readable>;

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The first executable of the given names: a path is taken as it is, a name is looked for in PATH and system places. */
export function findExecutable(names: readonly string[]): string | null {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin'].filter(Boolean);
  for (const name of names) {
    const candidates = name.includes('/') ? [name] : directories.map((directory) => join(directory, name));
    const found = candidates.find(isExecutable);
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * A command line whose process cannot outlive the test process, even when that is killed: on Linux the
 * kernel sees to it (`setpriv`, of util-linux). Signals and exit code stay the command's own.
 */
export function leashed(command: string, args: readonly string[]): { command: string; args: string[] } {
  const setpriv = findExecutable(['setpriv']);
  if (setpriv === null) return { command, args: [...args] };
  return { command: setpriv, args: ['--pdeathsig', 'KILL', '--', command, ...args] };
}

/** Starts a server process that ends with the test process at the latest. */
export function spawnServer(command: string, args: readonly string[], env: NodeJS.ProcessEnv): HeardChild {
  const line = leashed(command, args);
  return untilExit(spawn(line.command, line.args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** The same with what it writes thrown away by the system: reading it costs this process nothing. */
export function spawnUnheard(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const line = leashed(command, args);
  return untilExit(spawn(line.command, line.args, { env, stdio: 'ignore' }));
}

function untilExit<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Ends a child and resolves when it is gone; at once when it already is. */
export function stopChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
