import { createRequire } from 'node:module';
import type { YAMLMap } from 'yaml';
import { UsageError } from '../errors.ts';
import { readOptionFile } from './read-file.ts';

const require = createRequire(import.meta.url);

/** Some dozen lines have some kilobytes; what YAML makes of a larger file takes the square of its length. */
const LARGEST_FILE = 32 * 1024;

/** One value of the file: as text, or a list of texts; with the line it stands on. */
export interface FileValue {
  readonly value: string | readonly string[];
  readonly where: string;
}

/**
 * Reads a YAML configuration file. `primary: {url: …}` and `primary-url: …` say the same. Values are taken as
 * the text they are written as; their meaning is the options' business.
 *
 * @returns values by option name
 * @throws UsageError with file and line
 */
export function readConfigFile(path: string): Map<string, FileValue> {
  // Loaded when there is a file at all: most of the time that settling the options takes.
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const text = readOptionFile(path, '--config', LARGEST_FILE);
  const lines = new LineCounter();
  // Both cost the square of the number of keys or mistakes: minutes for a file of some hundred kilobytes.
  const document = parsed();
  const lineOf = (offset: number | undefined) => `${path}, line ${lines.linePos(offset ?? 0).line}`;
  const syntax = document.errors[0];
  if (syntax !== undefined && /call stack/i.test(syntax.message)) throw tooDeep(syntax);
  if (syntax !== undefined) {
    throw new UsageError(`${lineOf(syntax.pos[0])}: this is not YAML: ${syntaxWords(syntax.message)}`);
  }
  const values = new Map<string, FileValue>();
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return values;
  if (!isMap(contents)) throw new UsageError(`${path}: expected "option: value" lines`);
  readMap(contents as YAMLMap, '', (name, value, offset) => {
    const where = lineOf(offset);
    if (values.has(name)) throw new UsageError(`${where}: ${name} is given twice`);
    values.set(name, { value, where });
  });
  return values;

  function tooDeep(cause: Error): UsageError {
    return new UsageError(`${path}: it is nested too deeply`, { cause });
  }

  function parsed(): ReturnType<typeof parseDocument> {
    try {
      return parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
    } catch (cause) {
      // The parser goes as deep as the file does.
      if (cause instanceof RangeError) throw tooDeep(cause);
      throw cause;
    }
  }

  function readMap(
    map: YAMLMap,
    prefix: string,
    found: (name: string, value: string | readonly string[], offset: number | undefined) => void,
  ): void {
    const names = new Set<string>();
    for (const { key, value } of map.items) {
      // Whatever else may be a key in YAML is no name of an option, and its text can be twice as long with each level.
      if (!isScalar(key)) throw new UsageError(`${path}: expected "option: value" lines`);
      const offset = key.range?.[0];
      const name = prefix + String(key.value);
      if (names.has(name)) throw new UsageError(`${lineOf(offset)}: ${name} is given twice`);
      names.add(name);
      if (isMap(value)) readMap(value as YAMLMap, `${name}-`, found);
      else if (isScalar(value)) found(name, scalarText(value.value, value.source), offset);
      else {
        const list = isSeq(value) ? value.items : [];
        if (!isSeq(value) || !list.every(isScalar)) {
          throw new UsageError(`${lineOf(offset)}: ${name}: expected a value or a list of values`);
        }
        found(
          name,
          list.map((item) => scalarText(item.value, item.source)),
          offset,
        );
      }
    }
  }
}

/** The first line says what is wrong, and where once more; the others show it. */
function syntaxWords(message: string): string {
  const [first = ''] = message.split('\n', 1);
  return first
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/** Numbers and words as they were written; `yes` stays `yes`, and an empty value is the empty text. */
function scalarText(value: unknown, source: string | undefined): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : (source ?? String(value));
}
