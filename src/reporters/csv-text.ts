import { stringify } from 'csv-stringify/sync';

/** Rows as RFC 4180 with CRLF; a field that a spreadsheet would take for a formula is prefixed with `'`. */
export function csvText(rows: readonly (readonly string[])[]): string {
  // Rows of a million tags hardly ever have anything to quote, and the library looks at every character.
  let text = '';
  const isPlain = rows.every((row) => {
    const line = row.join(',');
    text += `${line}\r\n`;
    return plainRow(row.length).test(line);
  });
  if (isPlain) return text;
  // The library quotes a field that holds the record delimiter; a lone CR or LF needs it as well.
  return stringify(
    rows.map((row) => row.map(withoutFormula)),
    { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  );
}

/**
 * Rows of so many fields that are written as they are: nothing that a separator, a quote or a line break could be, nor a
 * blank, whatever a reader trims, and nothing in front that a formula begins with.
 */
function plainRow(fields: number): RegExp {
  let shape = plainRows.get(fields);
  if (shape === undefined) {
    const field = '(?:[\\w:./;][\\w:./;+@=-]*)?';
    shape = new RegExp(`^${Array.from({ length: fields }, () => field).join(',')}$`);
    plainRows.set(fields, shape);
  }
  return shape;
}

const plainRows = new Map<number, RegExp>();

/** Done here and not by the library's `escape_formulas`, whose set of characters is wider than the contract's. */
function withoutFormula(field: string): string {
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
}
