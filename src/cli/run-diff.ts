import { requireOneStdin } from '../config/one-stdin.ts';
import type { Options } from '../config/option.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { diffReports } from '../report/diff-reports.ts';
import { parseReport } from '../report/read-file.ts';
import { DIFF_REPORTERS, type DiffFormat } from '../reporters/diff/index.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { EXIT } from './exit-codes.ts';
import { inputName, positional, readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';

/** `diff`: what became better and worse between two reports. */
export async function runDiff(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const format = resolved.text('format') as DiffFormat;
  const [beforeFile = '', afterFile = ''] = [
    ...positional(commandLine, 'before'),
    ...positional(commandLine, 'after'),
  ];
  requireOneStdin(resolved, { files: [beforeFile, afterFile] });
  const before = parseReport(await readInput(beforeFile, context), inputName(beforeFile));
  const after = parseReport(await readInput(afterFile, context), inputName(afterFile));
  const diff = diffReports(before, after);
  await context.output.print(DIFF_REPORTERS[format](diff));
  return diff.worse ? EXIT.differences : EXIT.inSync;
}
