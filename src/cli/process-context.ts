import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SYSTEM_CLOCK } from '../core/clock.ts';
import { messageOf, UsageError } from '../errors.ts';
import { createOutput } from './output.ts';
import type { RunContext } from './run-context.ts';

/** The context of a real run: this process's streams, environment and clock. */
export function processContext(signal: AbortSignal): RunContext {
  // Progress and notes that nobody reads any more (`2>&1 | head`) are no reason to end.
  process.stderr.on('error', () => {});
  return {
    output: createOutput(process.stdout),
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    environment: process.env,
    clock: SYSTEM_CLOCK,
    signal,
    readStdin: () => readStdin(signal),
  };
}

/** As a stream: whoever writes it may not have begun yet, and a file descriptor that is not ready cannot be read. */
async function readStdin(signal: AbortSignal): Promise<string> {
  try {
    return (await buffer(addAbortSignal(signal, process.stdin))).toString('utf8');
  } catch (cause) {
    signal.throwIfAborted();
    throw new UsageError(`cannot read standard input: ${messageOf(cause)}`, { cause });
  }
}
