import type { Options } from '../config/option.ts';
import type { CommandLine } from '../config/resolve-options.ts';
import type { RunContext } from './run-context.ts';

/** One command: what `--help` says of it, and the work, loaded only when it is asked for. */
export interface Command {
  /** With its positional arguments, as yargs writes them: `scan [repository..]`. */
  readonly usage: string;
  /** One line, no full stop. */
  readonly describe: string;
  readonly options: Options;
  /** Command lines without the program's name, each with what it does. */
  readonly examples: ReadonlyArray<readonly [line: string, does: string]>;
  /** Gives the exit code; throws one of our errors otherwise. */
  run(commandLine: CommandLine, context: RunContext): Promise<number>;
}
