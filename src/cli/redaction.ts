import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { redactReport } from '../report/redact-report.ts';
import type { Report } from '../report/report.ts';
import type { RunContext } from './run-context.ts';

const mapSchema = z.object({ key: z.string().min(32), names: z.record(z.string(), z.string()) });

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
  const known = readMap(path) ?? { key: randomBytes(32).toString('hex'), names: {} };
  const redacted = redactReport(report, known.key);
  const names = { ...known.names, ...redacted.mapping };
  output.writeFile(dirname(path), basename(path), [
    `${JSON.stringify({ key: known.key, names }, null, 2)}\n`,
  ]);
  if (!quiet) stderr.write(`The names behind the tokens are in ${path}: do not attach it.\n`);
  return redacted.report;
}

/**
 * The mapping of earlier runs; null when there is none yet. Also for a look before a long run.
 *
 * @throws UsageError when the file is there and is not such a mapping
 */
export function readMap(path: string): z.infer<typeof mapSchema> | null {
  if (!existsSync(path)) return null;
  try {
    return mapSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new UsageError(`--redaction-map: ${path} is not a mapping that this tool wrote`, { cause });
  }
}
