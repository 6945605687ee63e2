/**
 * A value out of `JSON.parse` as JSON again, for messages. `…` for one nested deeper than the stack: `JSON.parse` takes
 * that, `JSON.stringify` throws.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    return '…';
  }
}
