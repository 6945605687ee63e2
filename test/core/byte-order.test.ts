import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/core/byte-order.ts';

/** Text of whole code points: a lone surrogate has no UTF-8 form to compare by. */
const wellFormed = fc.string({ unit: 'binary', maxLength: 20 });

/** Text near the places where UTF-16 order and UTF-8 order part. */
const nearSurrogates = fc
  .array(fc.constantFrom('a', 'Z', '_', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

describe('compareBytes', () => {
  test.each([
    ['equal texts', 'latest', 'latest', 0],
    ['upper case before lower case', 'Zeta', 'alpha', -1],
    ['digits before letters', '10', 'a', -1],
    ['digits as characters, not numbers', '10', '9', -1],
    ['a prefix before the longer text', 'v1', 'v1.0', -1],
    ['nothing before anything', '', 'a', -1],
    ['minus before dot before underscore', 'a-b', 'a.b', -1],
    ['underscore before lower case', '_under', 'alpha', -1],
    ['U+FFFF before U+10000, unlike UTF-16 order', '\uffff', '\u{10000}', -1],
    ['U+E000 before U+10FFFF, unlike UTF-16 order', '\ue000', '\u{10ffff}', -1],
    ['U+D7FF before U+10000', '\ud7ff', '\u{10000}', -1],
  ])('%s', (_name, a, b, sign) => {
    expect(Math.sign(compareBytes(a, b))).toBe(sign);
    expect(Math.sign(compareBytes(b, a))).toBe(sign === 0 ? 0 : -sign);
  });

  test.each([
    ['any text', wellFormed],
    ['text near the surrogates', nearSurrogates],
  ])('orders %s as its UTF-8 bytes', (_name, texts) => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1000 },
    );
  });

  test('sorts a list into one order whatever order it comes in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(wellFormed), (texts) => {
        expect([...texts].reverse().sort(compareBytes)).toEqual([...texts].sort(compareBytes));
      }),
    );
  });
});
