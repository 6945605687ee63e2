import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';

const jsonTuples = z.array(z.tuple([z.string(), z.string().nullable()]));

/**
 * Tuples that somebody produced elsewhere: JSON `[[tag, digest|null], …]`, or CSV `tag,digest` with or without
 * that header, an empty digest standing for null.
 *
 * @param name the file, as errors call it
 * @throws UsageError naming the file, and the line or entry at fault
 */
export function parseTuples(text: string, name: string): TagTuple[] {
  const trimmed = text.trim();
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
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true, trim: true });
  } catch (cause) {
    throw new UsageError(
      `${name}: this is not CSV (${cause instanceof Error ? cause.message : 'unreadable'})`,
      { cause },
    );
  }
  const [first] = rows;
  const body =
    first?.[0]?.toLowerCase() === 'tag' && first[1]?.toLowerCase() === 'digest' ? rows.slice(1) : rows;
  return body.map((row, index) => {
    const [tag = '', digest = ''] = row;
    if (row.length > 2 || tag === '') {
      throw new UsageError(`${name}: row ${index + 1}: expected tag,digest`);
    }
    return [tag, digest === '' ? null : digest];
  });
}
