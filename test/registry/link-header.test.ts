import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLink } from '../../src/registry/link-header.ts';

describe('the link of a relation', () => {
  test.each<[string | null, string | null]>([
    [null, null],
    ['', null],
    [',', null],
    ['</v2/a/tags/list?last=x&n=10>; rel="next"', '/v2/a/tags/list?last=x&n=10'],
    ['<https://h/v2/?last=a,b;c>; rel="next"', 'https://h/v2/?last=a,b;c'],
    ['<a>; rel=next', 'a'],
    ['<a>;rel=next', 'a'],
    ['  <a>  ;  REL = "NEXT"  ', 'a'],
    ['<a>; rel="prev next"', 'a'],
    ['<a>; rel="next last"', 'a'],
    ['<a>; rel="nextish"', null],
    ['<a>; rel=prev, <b>; rel=next', 'b'],
    ['<a>; rel=next, <b>; rel=next', 'a'],
    ['<a>; rel=prev; rel=next', null],
    ['<a>; title="x; rel=next"; rel=prev', null],
    ['<a>; title="say \\"hi\\", <b>; rel=next"; rel=next', 'a'],
    ['<a>; type=x; anchor="#y"; rel=next', 'a'],
    ['<a>', null],
    ['<a>; rel', null],
    ['<a>; rel=', null],
    ['a; rel=next', null],
    ['<a; rel=next', null],
    ['a>; rel=next', null],
    ['<>; rel=next', ''],
    ['<a>; rel="next', 'a'],
    [', , <a>; rel=next,', 'a'],
  ])('%j: %j', (header, target) => {
    expect(parseLink(header, 'next')).toBe(target);
  });

  test('never throws, and what it gives stood between angle brackets', () => {
    const pieces = fc.constantFrom('<', '>', '"', '\\', ',', ';', '=', 'rel', 'next', ' ', 'a', '/v2/');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (header) => {
          const target = parseLink(header, 'next');
          if (target !== null) expect(header).toContain(`<${target}>`);
        },
      ),
    );
  });

  test('any target comes back whole among other links', () => {
    const target = fc.webUrl({ withQueryParameters: true });
    fc.assert(
      fc.property(target, fc.array(target), (next, others) => {
        const header = [
          ...others.map((other) => `<${other}>; rel="other"`),
          `<${next}>; title="<,;>"; rel="next"`,
        ];
        expect(parseLink(header.join(', '), 'next')).toBe(next);
      }),
    );
  });

  test.each([
    ['commas', ','],
    ['semicolons', ';'],
    ['brackets', '<'],
    ['pairs', '<>'],
    ['quotes', '"'],
    ['backslashes in quotes', '"\\'],
    ['parameters', '<a>;rel=x;'],
    ['spaces', ' '],
  ])('a megabyte of %s is read in one walk', (_name, piece) => {
    expect(parseLink(piece.repeat(1_000_000 / piece.length), 'next')).toBeNull();
  });
});
