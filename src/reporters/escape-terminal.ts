import { escapeUnit, PRINTABLE_ASCII, UNSAFE } from '../core/unsafe-text.ts';

const LONGEST = 500;

/**
 * Makes text from outside (tag names, registry messages, URLs) safe for one line of a terminal: what could
 * move the cursor, reorder or hide text becomes a visible escape such as `\u001b`.
 *
 * @param limit columns; longer text is cut and ends with `…`, never in the middle of an escape
 */
export function escapeTerminal(text: string, limit: number = LONGEST): string {
  if (PRINTABLE_ASCII.test(text) && text.length <= limit) return text;
  let safe = '';
  let columns = 0;
  // The text up to the last place where `…` still fits, for when the end does not.
  let cut = '';
  for (const character of text) {
    const shown = UNSAFE.test(character) ? escapeOf(character) : character;
    columns += shown === character ? columnsOf(character) : shown.length;
    if (columns > limit) return `${cut}…`;
    safe += shown;
    if (columns < limit) cut = safe;
  }
  return safe;
}

/**
 * The columns a text from {@link escapeTerminal} takes at most. Beyond U+1100 a character is counted as two:
 * too wide leaves a gap, too narrow would break the table.
 */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += character >= '\u1100' && !SINGLE.has(character) ? 2 : 1;
  return columns;
}

/** The tool's own signs beyond U+1100; one column each. */
const SINGLE = new Set(['…', '–']);

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : escapeUnit(character);
}
