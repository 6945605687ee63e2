/**
 * What a terminal obeys or hides: controls (C0, C1, ESC, DEL), format characters (bidi controls, zero-width,
 * tags), line and paragraph separators, lone surrogates and everything Unicode calls ignorable.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
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

/**
 * The same for text that is JSON already: unsafe characters, which can only stand inside its strings, become
 * JSON escapes, so the text parses to the same value and may still be shown in a terminal.
 */
export function escapeJsonText(json: string): string {
  if (PRINTABLE_ASCII.test(json)) return json;
  return json.replace(new RegExp(UNSAFE, 'gu'), (character) =>
    character === '\n' ? character : character.split('').map(escapeUnit).join(''),
  );
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : escapeUnit(character);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
