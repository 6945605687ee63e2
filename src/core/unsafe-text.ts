/**
 * What a terminal obeys or hides: controls (C0, C1, ESC, DEL), format characters (bidi controls, zero-width,
 * tags), line and paragraph separators, lone surrogates and everything Unicode calls ignorable.
 */
export const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
/** Text that needs no look at each character. */
export const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * Makes text that is JSON safe for a terminal: unsafe characters, which can only stand inside its strings, become JSON
 * escapes, so that it parses to the same value. Newlines between its parts stay.
 */
export function escapeJsonText(json: string): string {
  if (PRINTABLE_ASCII.test(json)) return json;
  return json.replace(new RegExp(UNSAFE, 'gu'), (character) =>
    character === '\n' ? character : character.split('').map(escapeUnit).join(''),
  );
}

/** A UTF-16 unit as JSON and JavaScript write it. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
