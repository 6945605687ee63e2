import type { Clock } from '../core/clock.ts';
import type { Output } from './output.ts';

/** What a command gets of the process around it; `main.ts` makes it, tests make their own. */
export interface RunContext {
  readonly output: Output;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly readStdin: () => Promise<string>;
}

/** Whether a stream may be coloured: a terminal, and neither `NO_COLOR` nor `TERM=dumb`. */
export function mayColor(stream: NodeJS.WriteStream, environment: RunContext['environment']): boolean {
  if (environment.FORCE_COLOR && environment.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
