import { basename, dirname } from 'node:path';
import type { Options } from '../config/option.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';
import { planReconcile } from '../reconcile/plan.ts';
import { parseReport } from '../report/read-file.ts';
import { planTable } from '../reporters/plan-table.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { EXIT } from './exit-codes.ts';
import { requireFilePlace } from './output.ts';
import { positional, readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';

/** `plan`: a function of the report; nothing is asked of any site. */
export async function runPlan(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const out = resolved.text('out');
  if (out !== null && out !== '-') requireFilePlace(out);
  const [file = '-'] = positional(commandLine, 'report');
  const report = parseReport(await readInput(file, context), file === '-' ? 'standard input' : file);
  const plan = planReconcile(report, {
    createdAt: new Date(context.clock.now()).toISOString(),
    noDelete: resolved.flag('no-delete'),
    noCopy: resolved.flag('no-copy'),
  });
  const json = `${escapeJsonText(JSON.stringify(plan, null, 2))}\n`;
  const format = resolved.text('format') ?? (context.stdout.isTTY && out === null ? 'table' : 'json');
  const chunks = format === 'json' ? [json] : planTable(plan);
  if (out === null || out === '-') await context.output.print(chunks);
  else {
    context.output.writeFile(dirname(out), basename(out), chunks);
    context.stderr.write(`Wrote ${out}\n`);
  }
  return EXIT.inSync;
}
