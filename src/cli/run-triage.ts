import { createReadStream } from 'node:fs';
import type { Options } from '../config/option.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { messageOf, UsageError } from '../errors.ts';
import { createImportLog } from '../gitlab/import-log.ts';
import { importLogLines } from '../gitlab/import-log-lines.ts';
import { TRIAGE_REPORTERS, type TriageFormat } from '../reporters/triage.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { EXIT } from './exit-codes.ts';
import { inputName, positional } from './read-input.ts';
import type { RunContext } from './run-context.ts';

/** `triage`: reads a log line by line and says whether every import failure in it is a known one. */
export async function runTriage(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const [file = '-'] = positional(commandLine, 'file');
  const log = createImportLog();
  const { signal } = context;
  const input = file === '-' ? context.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
  const stop = () => input.destroy();
  signal.addEventListener('abort', stop);
  try {
    for await (const { text, isCut } of importLogLines(input, inputName(file))) log.add(text, isCut);
  } catch (error) {
    if (!signal.aborted) throw error instanceof UsageError ? error : unreadable(inputName(file), error);
  } finally {
    signal.removeEventListener('abort', stop);
    // What is not read to its end would keep the process waiting.
    input.destroy();
  }
  const result = log.result(signal.aborted);
  // A log that did not arrive says nothing about imports, and must not read as a clean one.
  if (result.lines === 0 && !signal.aborted) {
    throw new UsageError(`${inputName(file)} is empty: there is nothing to triage`);
  }
  const report = TRIAGE_REPORTERS[resolved.text('format') as TriageFormat];
  await context.output.print(report(result, context.stdout.columns ?? null));
  if (signal.aborted) return EXIT.interrupted;
  return result.unknownFailures > 0 ? EXIT.differences : EXIT.inSync;
}

function unreadable(name: string, error: unknown): UsageError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a directory',
    EACCES: 'no permission to read it',
  }[code];
  return new UsageError(`cannot read ${name}: ${why ?? messageOf(error)}`, { cause: error });
}
