import { jsonText } from '../core/json-text.ts';
import { parseRepositoryPath } from '../core/repository-path.ts';

/** What one log line says of an import that failed. */
export interface ImportLogEntry {
  readonly error: string;
  /** The repository that the line names in a field of its own; null without one. */
  readonly repository: string | null;
}

const ABOUT_IMPORTS = /\b(?:pre[- ]?)?import(?:s|ed|er|ing)?\b/i;
const FAILURE = /\b(?:error|fail(?:s|ed|ure|ures|ing)?|panic(?:ked)?|fatal|unable|cannot|could not)\b/i;

/**
 * Reads a line of a registry's log: JSON with `error` or `json.error` (flat or nested, as log stores export it),
 * logfmt, or plain text. null for a line that is not about an import, or not about a failure.
 */
export function readImportLogLine(line: string): ImportLogEntry | null {
  // Most lines of a log end here, before anything is parsed.
  if (!/import/i.test(line)) return null;
  const entry = line.startsWith('{') ? readJson(line) : undefined;
  return entry === undefined ? readPlain(line) : entry;
}

/** undefined when it is not JSON after all: a line that was cut off is read as text. */
function readJson(line: string): ImportLogEntry | null | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const objects = nestedObjects(value);
  const error = firstText(objects, 'error');
  const message = firstText(objects, 'msg') ?? firstText(objects, 'message') ?? '';
  const isError = /^(error|fatal|panic)$/i.test(
    firstText(objects, 'level') ?? firstText(objects, 'severity') ?? '',
  );
  if (error === null && message === '') {
    // Of another shape than a registry's: a container engine keeps each line as text, a log store answers with many.
    const line = firstText(objects, 'log');
    return line === null ? undefined : readImportLogLine(line.trim());
  }
  const text = error ?? (isError || isFailure(message) ? message : null);
  if (text === null) return null;
  const context = `${text} ${message} ${firstText(objects, 'component') ?? ''}`;
  if (!isAboutImports(context)) return null;
  const named = firstText(objects, 'repository') ?? firstText(objects, 'repository_path');
  return { error: text, repository: named === null ? null : parseRepositoryPath(named) };
}

/** The line's object and those that log stores wrap it in, or that hold the registry's own fields. */
function nestedObjects(value: unknown): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  const add = (candidate: unknown) => {
    if (typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate))
      objects.push({ ...candidate });
  };
  add(value);
  for (const key of ['_source', 'json', 'jsonPayload']) {
    for (const object of [...objects]) add(object[key]);
  }
  return objects;
}

function firstText(objects: readonly Record<string, unknown>[], key: string): string | null {
  for (const object of objects) {
    for (const name of [key, `json.${key}`]) {
      const value = object[name];
      if (typeof value === 'string' && value !== '') return value;
      // An error that is an object is an error all the same.
      if (key === 'error' && typeof value === 'object' && value !== null) return jsonText(value);
    }
  }
  return null;
}

function readPlain(line: string): ImportLogEntry | null {
  const field = /(?:^|[\s,{"])error"?[=:]\s*("(?:[^"\\]|\\.)*"|[^\s"]+)/.exec(line)?.[1];
  if (field !== undefined && /^(""|null|nil|<nil>|false)$/.test(field)) return null;
  // logfmt and text taken out of JSON have their quotes escaped.
  const text = (field?.startsWith('"') ? field.slice(1, -1) : line).replace(/\\(["\\])/g, '$1');
  if (!isAboutImports(line) || (field === undefined && !isFailure(line))) return null;
  const named = /\brepository=(?:"([^"]+)"|(\S+))/.exec(line);
  const repository = named?.[1] ?? named?.[2];
  return { error: text, repository: repository === undefined ? null : parseRepositoryPath(repository) };
}

function isFailure(text: string): boolean {
  return FAILURE.test(withoutPaths(text)) || isKnownStep(text);
}

/** The errors of imports are wrapped step by step, and a bare one of them need not say "error". */
function isKnownStep(line: string): boolean {
  const parts = line.split(':');
  return parts.some((part, index) => parts[index + 1]?.startsWith(' ') && /pre[- ]?importing /.test(part));
}

/** A repository may well be called `tools/import`; that alone is not about imports. */
function isAboutImports(text: string): boolean {
  return ABOUT_IMPORTS.test(withoutPaths(text));
}

function withoutPaths(text: string): string {
  return (
    text
      // Word by word: an expression that looks for the slash would begin anew at every letter of a long word.
      .replace(/[^\s"]+/g, (word) => (word.includes('/') ? ' ' : word))
      .replace(/(?:name|repository)=\S+/g, ' ')
  );
}
