import { columnsOf } from './escape-terminal.ts';

/**
 * Breaks prose between words to fit a terminal; the following lines are indented. A word longer than the
 * line stands alone, unbroken. In a file or a pipe (`width` null) the text stays one line.
 */
export function wrapWords(text: string, width: number | null, indent: string): string {
  if (width === null || columnsOf(text) <= width) return text;
  const words = text.trimStart().split(' ');
  const lines: string[] = [];
  let line = text.slice(0, text.length - text.trimStart().length) + (words.shift() ?? '');
  for (const word of words) {
    if (columnsOf(line) + 1 + columnsOf(word) <= width) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line].join('\n');
}
