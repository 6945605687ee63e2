import type { ReadError } from '../../report/snapshot.ts';
import { columnsOf, escapeTerminal } from '../escape-terminal.ts';
import { wrapWords } from '../wrap-words.ts';

/** How an inspection is shown. */
export interface InspectView {
  readonly color: boolean;
  /** Columns of the terminal; null for a file or a pipe, where nothing is wrapped. */
  readonly width: number | null;
}

const GAP = '  ';
const LONGEST = 1000;

/** Lines of cells under each other; the last column is not padded. Text from outside must be escaped already. */
export function* alignedLines(rows: readonly (readonly string[])[], indent = '  '): Generator<string> {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, columnsOf(cell));
    }
  }
  for (const row of rows) {
    const padded = row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - columnsOf(cell)));
    yield `${(indent + padded.join(GAP)).trimEnd()}\n`;
  }
}

/** Text for people on lines of its own, escaped and wrapped. */
export function paragraph(text: string, { width }: InspectView, indent = '  '): string {
  return `${wrapWords(indent + escapeTerminal(text, LONGEST), width, `${indent}  `)}\n`;
}

/** What could not be read, and what to do about it. */
export function* errorLines(errors: readonly ReadError[], view: InspectView): Generator<string> {
  for (const { code, message, hint } of errors) {
    yield paragraph(`ERROR ${code}: ${message}`, view);
    if (hint !== undefined) yield paragraph(`next: ${hint}`, view, '    ');
  }
}

/** `12.3 MiB`, or bytes where that is short. */
export function sizeWords(bytes: number | null): string {
  if (bytes === null) return '';
  if (bytes < 10_000) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}
