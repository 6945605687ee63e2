import type { Options } from '../config/option.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { writingSettings } from '../config/scan-settings.ts';
import { parseReport } from '../report/read-file.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { deliverReport } from './deliver-report.ts';
import { EXIT } from './exit-codes.ts';
import { defaultDirectory } from './output.ts';
import { inputName, positional, readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';

/** `render`: reads a saved report and writes it; one format without `--out` goes to standard output. */
export async function runRender(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const asked = writingSettings(resolved);
  const [file = '-'] = positional(commandLine, 'report');
  const report = parseReport(await readInput(file, context), inputName(file));
  // The table alone, unless a directory asks for what a scan writes there.
  const formats = resolved.given('format') || asked.out !== null ? asked.formats : (['table'] as const);
  const writing = { ...asked, formats, out: asked.out ?? (formats.length === 1 ? '-' : null) };
  const delivery = {
    writing,
    quiet: resolved.flag('quiet'),
    verbose: resolved.flag('verbose'),
    // Not that of the run: a redacted report must not take the place of the full one there.
    directory: defaultDirectory('render', new Date(context.clock.now())),
  };
  await deliverReport(report, delivery, context);
  // Rendering has succeeded, whatever the report says.
  return EXIT.inSync;
}
