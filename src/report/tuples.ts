import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { isDigest } from '../core/digest.ts';
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
 * A digest that is none, or a tag given twice, is refused as well: a checksum of them is that of no repository.
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
  if (tuples.success) {
    return checkedTuples(
      tuples.data.map(([tag, digest], index) => ({ tag, digest, where: `${name}, entry ${index + 1}` })),
    );
  }
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
  return checkedTuples(
    body.map(({ record, info }) => {
      const [tag = '', digest = ''] = record;
      const where = `${name}, line ${info.lines}`;
      if (record.length > 2 || tag === '') throw new UsageError(`${where}: expected tag,digest`);
      return { tag, digest, where };
    }),
  );
}

/** Tuples of which each tag stands once, with a digest or nothing. @throws UsageError */
function checkedTuples(
  given: readonly { readonly tag: string; readonly digest: string | null; readonly where: string }[],
): TagTuple[] {
  const first = new Map<string, string>();
  return given.map(({ tag, digest, where }) => {
    const before = first.get(tag);
    if (before !== undefined)
      throw new UsageError(`${where}: the tag ${shown(tag)} is there already (${before})`);
    first.set(tag, where);
    if (digest === null || digest === '') return [tag, null];
    if (!isDigest(digest)) {
      throw new UsageError(`${where}: ${shown(digest)} is no digest`, {
        hint: 'Expected sha256: with 64 lower-case hex digits, or nothing for a tag that does not resolve.',
      });
    }
    return [tag, digest];
  });
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
