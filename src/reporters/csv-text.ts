import { stringify } from 'csv-stringify/sync';

/** Rows as RFC 4180 with CRLF; a field that a spreadsheet would take for a formula is prefixed with `'`. */
export function csvText(rows: readonly (readonly string[])[]): string {
  // Rows of a million tags hardly ever have anything to quote, and the library looks at every character.
  if (rows.every((row) => PLAIN.test(row.join('')))) {
    return rows.map((row) => `${row.map(withoutFormula).join(',')}\r\n`).join('');
  }
  // The library quotes a field that holds the record delimiter; a lone CR or LF needs it as well.
  return stringify(
    rows.map((row) => row.map(withoutFormula)),
    { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  );
}

/** Nothing that a separator, a quote or a line break could be, nor a blank, whatever a reader trims. */
const PLAIN = /^[\w:./;+@=-]*$/;

/** Done here and not by the library's `escape_formulas`, whose set of characters is wider than the contract's. */
function withoutFormula(field: string): string {
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
}
