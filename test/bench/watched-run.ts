import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { leashed } from '../support/child-process.ts';
import type { ToolLine } from './run-tool.ts';

/** Often enough that a process of seconds is hardly ever larger after the last look than at it. */
const LOOK_EVERY_MS = 20;

/** One process, watched while it ran. */
export interface WatchedRun {
  readonly seconds: number;
  /** Largest resident set, in MB of 10^6 bytes (`VmHWM` of /proc); null where the system does not say. */
  readonly peakMegabytes: number | null;
  /** True when `killWhen` said so; a process that ended sooner was not killed. */
  readonly killed: boolean;
}

/**
 * Runs a command line, looks at its memory, and kills it (SIGKILL) once `killWhen` is true, which is asked again and
 * again.
 *
 * @throws Error with the end of its output when it ends badly by itself
 */
export async function watchRun(line: ToolLine, killWhen?: () => Promise<boolean>): Promise<WatchedRun> {
  const { command, args } = leashed(line.command, line.args);
  const startedAt = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...line.env },
    ...(line.cwd !== undefined && { cwd: line.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = tailOf(child);
  let ended = false;
  const end = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      ended = true;
      resolve(code ?? signal ?? 'nothing');
    });
  });
  let peakKilobytes: number | null = null;
  let killed = false;
  const watch = async (): Promise<void> => {
    while (!ended) {
      peakKilobytes = peakOf(child.pid) ?? peakKilobytes;
      if (!killed && killWhen !== undefined && (await killWhen()) && !ended) killed = child.kill('SIGKILL');
      await sleep(killWhen === undefined ? LOOK_EVERY_MS : 1);
    }
  };
  const [code] = await Promise.all([end, watch()]);
  const seconds = (performance.now() - startedAt) / 1000;
  const isExpected = killed ? code === 'SIGKILL' : (line.accept ?? [0]).includes(Number(code));
  if (!isExpected) throw new Error(`${line.command} ${line.args.join(' ')} ended with ${code}\n${output()}`);
  return { seconds, peakMegabytes: peakKilobytes === null ? null : (peakKilobytes * 1024) / 1e6, killed };
}

function tailOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-4000);
    });
  }
  return () => text;
}

/** In KiB. The mark is of the program that runs now: what the process was before its exec does not count. */
function peakOf(pid: number | undefined): number | null {
  try {
    const mark = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return mark === undefined ? null : Number(mark);
  } catch {
    return null;
  }
}
