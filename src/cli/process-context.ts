import { readFileSync } from 'node:fs';
import { SYSTEM_CLOCK } from '../core/clock.ts';
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
    readStdin: async () => readFileSync(0, 'utf8'),
  };
}
