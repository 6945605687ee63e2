import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { leashed } from './child-process.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { makeTempDir } from './temp-dir.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'bin', 'geo-registry-audit.js');

export interface RunCliOptions {
  /** Added to a clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a new empty directory. */
  readonly cwd?: string;
  /** Default: closed at once. */
  readonly stdin?: string | Uint8Array;
  /** Sends a signal as soon as the output (stdout or stderr) matches, or the promise resolves. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly when: RegExp | Promise<unknown> };
  /** The most bytes that a file may come to, as on a disk that is full there (`prlimit`, of util-linux). */
  readonly largestFile?: number;
  /** Options of node itself, e.g. `--max-old-space-size=200`. */
  readonly nodeArgs?: readonly string[];
  /** Another script in the place of the command: for the test of this very function. */
  readonly script?: string;
  /** Kills a command that does not end, ms; a guard for the suite, not an assertion. Default 60,000. */
  readonly guard?: number;
}

export interface CliResult {
  /** null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Where it ran: `reports/` is below it. */
  readonly cwd: string;
}

/**
 * Runs the built command as a user does, in a directory and a home of its own.
 * @throws Error with the output so far when it cannot be started or does not end
 */
export function runCli(args: readonly string[], options: RunCliOptions = {}): Promise<CliResult> {
  const cwd = options.cwd ?? makeTempDir('cwd');
  const node = [process.execPath, ...(options.nodeArgs ?? []), options.script ?? COMMAND, ...args];
  const { largestFile } = options;
  const [command = '', ...rest] =
    largestFile === undefined ? node : ['prlimit', `--fsize=${largestFile}`, '--', ...node];
  const line = leashed(command, rest);
  const child = spawn(line.command, line.args, {
    cwd,
    env: { ...cleanEnvironment(process.env), HOME: makeTempDir('home'), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const killOnExit = (): boolean => child.kill('SIGKILL');
  process.once('exit', killOnExit);

  let stdout = '';
  let stderr = '';
  const when = options.signal?.when;
  let signalled = false;
  const send = (): void => {
    if (signalled || options.signal === undefined) return;
    signalled = true;
    child.kill(options.signal.name);
  };
  const look = (): void => {
    if (when instanceof RegExp && (when.test(stdout) || when.test(stderr))) send();
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    look();
  });
  if (when instanceof Promise) when.then(send, send);
  // The command may end without reading its input; the broken pipe is then no news.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);

  return new Promise((resolve, reject) => {
    const guard = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${args.join(' ')} did not end\nstdout: ${stdout}\nstderr: ${stderr}`));
    }, options.guard ?? 60_000);
    const settle = (): void => {
      clearTimeout(guard);
      process.removeListener('exit', killOnExit);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code, signal) => {
      settle();
      resolve({ code, signal, stdout, stderr, cwd });
    });
  });
}
