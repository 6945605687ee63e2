import { setMaxListeners } from 'node:events';
import { runCli } from './cli/cli.ts';
import { EXIT, exitCodeOfError } from './cli/exit-codes.ts';
import { processContext } from './cli/process-context.ts';
import { giveWay } from './core/give-way.ts';
import { AuditError } from './errors.ts';
import { escapeTerminal } from './reporters/escape-terminal.ts';

/**
 * The process: signals become one AbortSignal, and whatever is thrown becomes one line and an exit code. The
 * second signal ends the process at once.
 */
export async function main(args: readonly string[]): Promise<void> {
  giveWay();
  const abort = new AbortController();
  // Every request listens to it.
  setMaxListeners(0, abort.signal);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write('\nInterrupted: writing what was read so far. Once more to stop at once.\n');
      abort.abort(new AuditError('INTERRUPTED', 'interrupted'));
    });
  }
  try {
    process.exitCode = await runCli(args, processContext(abort.signal));
  } catch (error) {
    process.exitCode = abort.signal.aborted ? EXIT.interrupted : exitCodeOfError(error);
    process.stderr.write(`${errorText(error)}\n`);
  }
}

function errorText(error: unknown): string {
  if (error instanceof AuditError) {
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    return escapeTerminal(`geo-registry-audit: ${error.message}.${hint}`.replace(/\.\.(?= |$)/, '.'), 4000);
  }
  // A defect: the stack is what the report of it needs.
  return `geo-registry-audit: this is a defect, please report it: ${error instanceof Error ? error.stack : String(error)}`;
}
