import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { leashed } from '../support/child-process.ts';

/** A command line with the exit codes that are no failure. */
export interface ToolLine {
  readonly command: string;
  readonly args: readonly string[];
  /** Default: 0 alone. */
  readonly accept?: readonly number[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What command lines took together. */
export interface Cost {
  /** From before the first start to after the last end. */
  readonly seconds: number;
  /** Of the tool's processes, user and system; null where the system does not say. */
  readonly cpuSeconds: number | null;
  /** Of each line, in order. */
  readonly outputs: readonly string[];
}

/**
 * Runs command lines, `atOnce` at a time.
 * @throws Error with the output when one ends badly
 */
export async function runTool(lines: readonly ToolLine[], atOnce = 1): Promise<Cost> {
  const outputs: string[] = [];
  const waiting = lines.entries();
  const worker = async (): Promise<void> => {
    for (const [at, line] of waiting) outputs[at] = await runLine(line);
  };
  const cpuBefore = childrenCpuSeconds();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = childrenCpuSeconds();
  return {
    seconds,
    cpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
    outputs,
  };
}

function runLine({ command, args, accept = [0], cwd, env }: ToolLine): Promise<string> {
  const line = leashed(command, args);
  const child = spawn(line.command, line.args, {
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code !== null && accept.includes(code)) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}\n${stdout}${stderr}`));
    });
  });
}

/** CPU time of this process's children that have ended, from Linux's accounts (ticks of 10 ms). */
function childrenCpuSeconds(): number | null {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8');
    // After the name, which is in brackets and may hold anything, the 14th and 15th field are cutime and cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return null;
  }
}
