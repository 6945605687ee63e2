import type { WritingSettings } from '../config/scan-settings.ts';
import type { Report } from '../report/report.ts';
import type { Format } from '../reporters/formats.ts';
import { REPORTERS } from '../reporters/index.ts';
import type { ReporterEntry, ReportFile } from '../reporters/reporter.ts';
import { defaultDirectory } from './output.ts';
import { redactWithMap } from './redaction.ts';
import { mayColor, type RunContext } from './run-context.ts';

export interface Delivery {
  readonly writing: WritingSettings;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Where files go without `--out`; absent for the directory of the run that the report is of. */
  readonly directory?: string;
}

/**
 * Gives a report to the user as `--out` and `--format` say: the table to standard output, every other format
 * to the report directory, or one format alone to standard output.
 *
 * @throws AuditError `OUTPUT` when a file cannot be written; what goes to standard output is there by then
 */
export async function deliverReport(full: Report, delivery: Delivery, context: RunContext): Promise<void> {
  const { writing, quiet } = delivery;
  const report =
    writing.redactionMap === null ? full : redactWithMap(full, writing.redactionMap, context, quiet);
  if (writing.out === '-') {
    for (const format of writing.formats) await printReport(report, format, delivery, context);
    return;
  }
  if (writing.formats.includes('table')) await printReport(report, 'table', delivery, context);
  const documents = documentsOf(writing);
  if (documents.length === 0) return;
  const directory =
    writing.out ?? delivery.directory ?? defaultDirectory(report.run.command, new Date(report.run.startedAt));
  // A file is complete whatever the terminal shows.
  const options = { color: false, width: null, verbose: true };
  const paths: string[] = [];
  for (const { fileName, load } of documents) {
    const reporter = await load();
    paths.push(context.output.writeFile(directory, fileName, reporter(report, options)));
  }
  if (!quiet) context.stderr.write(`Wrote ${enumerate(paths)}\n`);
}

/** The directory that a report's files go to; null when there are none. */
export function reportDirectory(writing: WritingSettings, otherwise: string): string | null {
  if (writing.out === '-') return null;
  return writing.out ?? (documentsOf(writing).length > 0 ? otherwise : null);
}

/**
 * Loads what `deliverReport` will need, for a run that has to wait for others meanwhile. A reporter that cannot be
 * loaded is told by the delivery, which asks for it again.
 */
export function loadReporters(writing: WritingSettings): void {
  const printed = writing.formats.map((format): ReporterEntry => REPORTERS[format]);
  for (const { load } of [...printed, ...documentsOf(writing)]) load().catch(() => {});
}

/** What is written to a directory, in the order of writing. */
function documentsOf({ formats, tableFile }: WritingSettings): readonly ReportFile[] {
  return formats
    .filter((format) => format !== 'table' || tableFile)
    .flatMap((format) => {
      const entry: ReporterEntry = REPORTERS[format];
      return [...(entry.companions ?? []), entry];
    });
}

/** `a, b and c`. */
function enumerate(paths: readonly string[]): string {
  return paths.length < 2 ? paths.join('') : `${paths.slice(0, -1).join(', ')} and ${paths.at(-1)}`;
}

async function printReport(
  report: Report,
  format: Format,
  { verbose }: Delivery,
  { output, stdout, environment }: RunContext,
): Promise<void> {
  const color = mayColor(stdout, environment);
  const width = stdout.isTTY ? stdout.columns : null;
  const reporter = await REPORTERS[format].load();
  return output.print(reporter(report, { color, width, verbose }));
}
