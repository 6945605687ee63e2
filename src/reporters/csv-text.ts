import { stringify } from 'csv-stringify/sync';

/** Rows as RFC 4180 with CRLF; a field that a spreadsheet would take for a formula is prefixed with `'`. */
export function csvText(rows: readonly (readonly string[])[]): string {
  // Rows of a million tags hardly ever have anything to quote, and the library looks at every character.
  let text = '';
  let before: readonly string[] = [];
  const isPlain = rows.every((row) => {
    text += `${row.join(',')}\r\n`;
    const above = before;
    before = row;
    return row.every((field, at) => field === above[at] || field === row[at - 1] || PLAIN.test(field));
  });
  if (isPlain) return text;
  // The library quotes a field that holds the record delimiter; a lone CR or LF needs it as well.
  return stringify(
    rows.map((row) => row.map(withoutFormula)),
    { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  );
}

/**
 * A field that is written as it is: nothing that a separator, a quote or a line break could be, nor a blank, whatever a
 * reader trims, and nothing in front that a formula begins with.
 */
const PLAIN = /^(?:[\w:./;][\w:./;+@=-]*)?$/;

/** Done here and not by the library's `escape_formulas`, whose set of characters is wider than the contract's. */
function withoutFormula(field: string): string {
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
}
