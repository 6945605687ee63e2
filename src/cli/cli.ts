import { checkDashes, checkFlagValues } from './check-arguments.ts';
import { helpWidth } from './help-width.ts';
import { parseCommandLine } from './parser.ts';
import type { RunContext } from './run-context.ts';

/**
 * Runs the command that the arguments name and gives its exit code.
 *
 * @param args without node and the script
 * @throws UsageError for arguments that no command takes, and what the command throws
 */
export async function runCli(args: readonly string[], context: RunContext): Promise<number> {
  let exitCode = 0;
  checkFlagValues(args);
  checkDashes(args);
  const shown = await parseCommandLine(args, helpWidth(context.stdout.columns), async (command, line) => {
    exitCode = await command.run(line, context);
  });
  if (shown.length > 0) await context.output.print(shown);
  return exitCode;
}
