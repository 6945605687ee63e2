import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findExecutable, leashed } from './child-process.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { makeTempDir } from './temp-dir.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'bin', 'geo-registry-audit.js');

/** `script` of util-linux, which gives a command a terminal; null where there is none. */
export const SCRIPT = findExecutable(['script']);

export interface TerminalResult {
  readonly code: number | null;
  /** What the terminal showed, standard output and standard error in one. */
  readonly screen: string;
  readonly cwd: string;
}

/**
 * Runs the built command on a terminal of its own and types `answer` as soon as the screen shows `question`.
 * @throws Error with the screen when it does not end
 */
export function runOnTerminal(
  args: readonly string[],
  { question, answer }: { readonly question: RegExp; readonly answer: string },
): Promise<TerminalResult> {
  if (SCRIPT === null) throw new Error('no script command: install util-linux');
  const cwd = makeTempDir('terminal');
  const quoted = [process.execPath, COMMAND, ...args].map((word) => `'${word}'`).join(' ');
  const line = leashed(SCRIPT, ['-qec', quoted, '/dev/null']);
  const env = { ...cleanEnvironment(process.env), HOME: makeTempDir('home'), TERM: 'xterm', COLUMNS: '200' };
  const child = spawn(line.command, line.args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  let screen = '';
  let answered = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk;
    if (answered || !question.test(screen)) return;
    answered = true;
    child.stdin.write(answer);
  });
  child.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const guard = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`did not end: ${screen}`));
    }, 30_000);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(guard);
      resolve({ code, screen, cwd });
    });
  });
}
