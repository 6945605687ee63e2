import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeJsonText } from '../../src/core/unsafe-text.ts';
import { columnsOf, escapeTerminal } from '../../src/reporters/escape-terminal.ts';

describe('escapeTerminal', () => {
  it.each([
    ['plain text', 'v1.2.3-rc_1', 'v1.2.3-rc_1'],
    ['letters of other scripts', 'größe 日本', 'größe 日本'],
    ['ESC', '\u001b[31m', '\\u001b[31m'],
    ['a C1 control', '\u009b31m', '\\u009b31m'],
    ['DEL', 'a\u007f', 'a\\u007f'],
    ['newlines and tabs', 'a\r\n\tb', 'a\\u000d\\u000a\\u0009b'],
    ['line separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['bidi controls', '\u202eabc\u2066', '\\u202eabc\\u2066'],
    ['zero-width characters', 'a\u200b\u200d\ufeff', 'a\\u200b\\u200d\\ufeff'],
    ['tag characters', '\u{e0041}', '\\u{e0041}'],
    ['a lone surrogate', '\ud800', '\\ud800'],
    ['a blank letter', '\u3164', '\\u3164'],
  ])('%s', (_, text, expected) => {
    expect(escapeTerminal(text)).toBe(expected);
  });

  it.each([
    ['cuts long text', 'abcdef', 4, 'abc…'],
    ['leaves text that just fits', 'abcd', 4, 'abcd'],
    ['does not cut an escape', 'ab\u001bcd', 6, 'ab…'],
    ['counts a wide character as two columns', '日本語', 5, '日本…'],
    ['has room for nothing but the sign', '日', 1, '…'],
  ])('%s', (_, text, limit, expected) => {
    expect(escapeTerminal(text, limit)).toBe(expected);
  });

  it('never gives a control or more columns than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const safe = escapeTerminal(text, limit);
        expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(columnsOf(safe)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('escapeJsonText', () => {
  it('gives JSON of the same value without a control', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = escapeJsonText(JSON.stringify(value, null, 2));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });
});
