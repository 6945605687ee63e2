import { parse } from 'csv-parse/sync';
import { isDigest } from '../core/digest.ts';
import { schema } from '../core/schema.ts';
import { isTagName } from '../core/tag.ts';
import { UsageError } from '../errors.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';

const jsonTuples = schema((z) => z.array(z.tuple([z.string().min(1), z.string().nullable()])));

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
  const tuples = jsonTuples().safeParse(value);
  if (tuples.success) {
    return checkedTuples(
      tuples.data.map(([tag, digest]) => ({ tag, digest })),
      (index) => `${name}, entry ${index + 1}`,
    );
  }
  const entry = tuples.error.issues[0]?.path[0];
  throw new UsageError(
    `${name}: expected [["tag", "sha256:…" or null], …]${typeof entry === 'number' ? `; entry ${entry + 1} is otherwise` : ''}`,
  );
}

function parseCsvTuples(text: string, name: string): TagTuple[] {
  requireTwoColumns(text, name);
  let rows: string[][];
  try {
    rows = parse(text, CSV_OPTIONS);
  } catch (cause) {
    throw new UsageError(
      `${name}: this is not CSV (${cause instanceof Error ? cause.message : 'unreadable'})`,
      { cause },
    );
  }
  const start = rows[0]?.join(',').toLowerCase() === 'tag,digest' ? 1 : 0;
  // Looked for where it is told: kept of each row, lines take a hundred times what the file does.
  const where = (index: number) => {
    const row = start + index + 1;
    const [found] = parse(text, { ...CSV_OPTIONS, info: true, from: row, to: row }) as unknown as {
      info: { lines: number };
    }[];
    return `${name}, line ${found?.info.lines ?? row}`;
  };
  const given = rows.slice(start).map((record, index) => {
    const [tag = '', digest = ''] = record;
    if (record.length > 2 || !isTagName(tag)) throw new UsageError(`${where(index)}: expected tag,digest`);
    return { tag, digest };
  });
  return checkedTuples(given, where);
}

const CSV_OPTIONS = { bom: true, relax_column_count: true, skip_empty_lines: true, trim: true } as const;

/** Lines of another shape than `tag,digest` that are left to the library, which makes an error of each. */
const MOST_ODD_LINES = 1000;
/** No tag and digest are so long together; of a longer line the library makes as many fields as it has commas. */
const LONGEST_LINE = 1000;

/** Refuses a file that is hardly a list of tuples at all, such as a log, before much time is spent on it. */
function requireTwoColumns(text: string, name: string): void {
  let lines = 0;
  let odd = 0;
  let firstOdd = 0;
  let beginsOdd = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.length > LONGEST_LINE) throw new UsageError(`${name}, line ${index + 1}: expected tag,digest`);
    if (line.trim() === '') continue;
    lines++;
    const comma = line.indexOf(',');
    if (comma >= 0 && comma === line.lastIndexOf(',')) continue;
    if (odd++ > 0) continue;
    firstOdd = index + 1;
    beginsOdd = lines === 1;
  }
  // The library holds every line against the first one.
  if (Math.max(odd, beginsOdd ? lines : 0) > MOST_ODD_LINES)
    throw new UsageError(`${name}, line ${firstOdd}: expected tag,digest`);
}

/** Tuples of which each tag stands once, with a digest or nothing. @throws UsageError */
function checkedTuples(
  given: readonly { readonly tag: string; readonly digest: string | null }[],
  where: (index: number) => string,
): TagTuple[] {
  const first = new Map<string, number>();
  return given.map(({ tag, digest }, index) => {
    const before = first.get(tag);
    if (before !== undefined)
      throw new UsageError(`${where(index)}: the tag ${shown(tag)} is there already (${where(before)})`);
    first.set(tag, index);
    if (digest === null || digest === '') return [tag, null];
    if (!isDigest(digest)) {
      throw new UsageError(`${where(index)}: ${shown(digest)} is no digest`, {
        hint: 'Expected sha256: with 64 lower-case hex digits, or nothing for a tag that does not resolve.',
      });
    }
    return [tag, digest];
  });
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
