/**
 * Compares two strings by the bytes of their UTF-8 form, as Ruby's `String#<=>` does.
 *
 * JavaScript's `<` compares UTF-16 units, which is the same order except that characters outside the
 * Basic Multilingual Plane (surrogates, 0xD800-0xDFFF) sort below U+E000-U+FFFF. The verifier's checksum
 * depends on the exact order, so that exception is mended here. Never use `localeCompare` in this project.
 *
 * @returns a negative number, zero or a positive number, for use with `Array.prototype.sort`
 */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return orderOfUnit(unitA) - orderOfUnit(unitB);
  }
  return a.length - b.length;
}

/** Maps a UTF-16 unit so that surrogates sort above every other unit, as their UTF-8 bytes do. */
function orderOfUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
