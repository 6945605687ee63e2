import type { List } from '../core/list.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';

/** No chunk of an array is longer than this by more than one of its elements' chunks. */
const PIECE_LENGTH = 64 * 1024;

/** The text of the value of one key, as chunks. */
type Chunks<T> = (value: T) => Iterable<string>;

/**
 * A JSON object with a key a line, in chunks. Keys without a value are left out.
 *
 * @param indent of the keys; the closing brace stands two columns before
 * @param special keys whose value is written in its own way, because it is long
 */
export function* jsonObject<T extends object>(
  value: T,
  keys: ReadonlyArray<keyof T & string>,
  indent: string,
  special: { readonly [K in keyof T]?: Chunks<T[K]> },
): Generator<string> {
  let separator = '{\n';
  for (const key of keys) {
    if (value[key] === undefined) continue;
    yield `${separator}${indent}"${key}": `;
    const chunks = special[key];
    if (chunks !== undefined) yield* chunks(value[key]);
    else yield indented(value[key], indent);
    separator = ',\n';
  }
  yield `\n${indent.slice(2)}}`;
}

/** A JSON array with an element a line, or what `chunks` makes of each. */
export function* jsonArray<T>(
  values: List<T>,
  indent: string,
  chunks: Chunks<T> = onOneLine,
): Generator<string> {
  if (values.length === 0) {
    yield '[]';
    return;
  }
  // Joined here: of a million lines each would pass through all the generators above.
  let piece = '[\n';
  let separator = '';
  for (const value of values) {
    piece += separator + indent;
    separator = ',\n';
    for (const chunk of chunks(value)) {
      piece += chunk;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n${indent.slice(2)}]`;
}

function onOneLine(value: unknown): string[] {
  return [jsonLine(value)];
}

/** JSON in one line, without a character that a terminal obeys. */
export function jsonLine(value: unknown): string {
  return escapeJsonText(JSON.stringify(value));
}

/** Strings in JSON hold no raw newline, so every newline is layout and may be followed by an indent. */
function indented(value: unknown, indent: string): string {
  return escapeJsonText(JSON.stringify(value, null, 2)).replaceAll('\n', `\n${indent}`);
}
