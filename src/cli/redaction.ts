import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { schema, type Valid } from '../core/schema.ts';
import { UsageError } from '../errors.ts';
import { redactActions, redactReport } from '../report/redact-report.ts';
import type { FixReport, Report } from '../report/report.ts';
import type { Output } from './output.ts';
import type { RunContext } from './run-context.ts';

const mapSchema = schema((z) =>
  z.object({ key: z.string().min(32), names: z.record(z.string(), z.string()) }),
);
type RedactionMap = Valid<typeof mapSchema>;
type FixActions = FixReport['actions'];

/**
 * Redacts a report, and keeps the mapping in a local file. The file's key is used again, so that tokens stay
 * the same from run to run and redacted reports can be compared over time.
 *
 * @throws UsageError when the file is there and is not such a mapping, or the report is a part by tag
 */
export function redactWithMap(
  report: Report,
  path: string,
  { output, stderr }: RunContext,
  quiet: boolean,
): Report {
  if (report.repositories.some(({ part }) => part !== undefined)) {
    throw new UsageError(
      '--redact: this report is a part by tag, and checksums are made when the parts are joined, of names and not of tokens',
      { hint: 'Merge the parts first: merge shard-*/report.json --redact' },
    );
  }
  const known = readMap(path) ?? newMap();
  const redacted = redactReport(report, known.key);
  writeMap(path, known, redacted.mapping, output);
  if (!quiet) stderr.write(`The names behind the tokens are in ${path}: do not attach it.\n`);
  return redacted.report;
}

/**
 * Redacts actions as their report is, to show them beside it, and keeps their names in the same mapping: an action
 * may be of a tag that the report does not have any more.
 *
 * @throws UsageError as `redactWithMap`
 */
export function redactActionsWithMap(
  report: Report,
  actions: FixActions,
  path: string,
  { output }: RunContext,
): FixActions {
  const known = readMap(path) ?? newMap();
  const redacted = redactActions(report, actions, known.key);
  writeMap(path, known, redacted.mapping, output);
  return redacted.actions;
}

/**
 * Redacts actions whose report, or its mapping, could not be written. Writes nothing and throws nothing: what was
 * done is told without names all the same, and `plan.json` has the names by the actions' ids.
 */
export function redactUndelivered(report: Report, actions: FixActions, path: string): FixActions {
  let known = newMap();
  try {
    known = readMap(path) ?? known;
  } catch {
    // Why the report was not written, as likely as not, and told as that.
  }
  return redactActions(report, actions, known.key).actions;
}

function newMap(): RedactionMap {
  return { key: randomBytes(32).toString('hex'), names: {} };
}

function writeMap(path: string, known: RedactionMap, more: RedactionMap['names'], output: Output): void {
  const map = { key: known.key, names: { ...known.names, ...more } };
  output.writeFile(dirname(path), basename(path), [`${JSON.stringify(map, null, 2)}\n`]);
}

/**
 * The mapping of earlier runs; null when there is none yet. Also for a look before a long run.
 *
 * @throws UsageError when the file is there and is not such a mapping
 */
export function readMap(path: string): RedactionMap | null {
  if (!existsSync(path)) return null;
  try {
    return mapSchema().parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new UsageError(`--redaction-map: ${path} is not a mapping that this tool wrote`, { cause });
  }
}
