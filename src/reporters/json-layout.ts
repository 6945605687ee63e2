import type { List } from '../core/list.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';

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

/** A JSON array with an element a line, or what `chunks` makes of each; one chunk or more an element. */
export function* jsonArray<T>(
  values: List<T>,
  indent: string,
  chunks: Chunks<T> = onOneLine,
): Generator<string> {
  if (values.length === 0) {
    yield '[]';
    return;
  }
  let separator = '[\n';
  for (const value of values) {
    yield separator + indent;
    yield* chunks(value);
    separator = ',\n';
  }
  yield `\n${indent.slice(2)}]`;
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
