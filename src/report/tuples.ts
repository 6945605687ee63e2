import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';

const jsonTuples = z.array(z.tuple([z.string(), z.string().nullable()]));

/**
 * Tuples that somebody produced elsewhere: JSON `[[tag, digest|null], …]`, or CSV `tag,digest` with or without
 * that header, an empty digest standing for null.
 *
 * A text without anything is refused: it is what a command that failed leaves behind, and not "no tags", which is
 * `[]` or the header alone.
 *
 * @param name the file, as errors call it
 * @throws UsageError naming the file, and the line or entry at fault
 */
export function parseTuples(text: string, name: string): TagTuple[] {
  const trimmed = text.trim();
  if (trimmed === '') {
    throw new UsageError(`${name} is empty`, { hint: 'A repository without tags is [].' });
  }
  return trimmed.startsWith('[') || trimmed.startsWith('{')
    ? parseJsonTuples(trimmed, name)
    : parseCsvTuples(text, name);
}

function parseJsonTuples(text: string, name: string): TagTuple[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${name}: this is neither JSON nor CSV`, {
      cause,
      hint: 'Expected [["tag", "sha256:…"], …].',
    });
  }
  const tuples = jsonTuples.safeParse(value);
  if (tuples.success) return tuples.data;
  const entry = tuples.error.issues[0]?.path[0];
  throw new UsageError(
    `${name}: expected [["tag", "sha256:…" or null], …]${typeof entry === 'number' ? `; entry ${entry + 1} is otherwise` : ''}`,
  );
}

function parseCsvTuples(text: string, name: string): TagTuple[] {
  let rows: Array<{ record: string[]; info: { lines: number } }>;
  try {
    rows = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as typeof rows;
  } catch (cause) {
    throw new UsageError(
      `${name}: this is not CSV (${cause instanceof Error ? cause.message : 'unreadable'})`,
      { cause },
    );
  }
  const header = rows[0]?.record.join(',').toLowerCase();
  const body = header === 'tag,digest' ? rows.slice(1) : rows;
  return body.map(({ record, info }) => {
    const [tag = '', digest = ''] = record;
    if (record.length > 2 || tag === '') {
      throw new UsageError(`${name}, line ${info.lines}: expected tag,digest`);
    }
    return [tag, digest === '' ? null : digest];
  });
}
