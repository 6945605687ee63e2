import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { parseTuples } from '../../src/report/tuples.ts';

const A = `sha256:${'a'.repeat(64)}`;

describe('parseTuples', () => {
  it.each([
    ['JSON', `[["latest","${A}"],["old",null]]`],
    ['JSON after a byte order mark', `\ufeff [["latest","${A}"],["old",null]]\n`],
    ['CSV with a header', `tag,digest\nlatest,${A}\nold,\n`],
    ['CSV with a header in capitals and CRLF', `Tag,Digest\r\nlatest,${A}\r\nold,\r\n`],
    ['CSV without a header', `latest,${A}\nold,`],
    ['CSV after a byte order mark', `\ufefftag,digest\nlatest,${A}\nold,\n`],
    ['CSV with quotes, spaces and empty lines', `"tag","digest"\n\n "latest" , "${A}"\n\nold\n\n`],
  ])('reads %s', (_, text) => {
    expect(parseTuples(text, 'f')).toEqual([
      ['latest', A],
      ['old', null],
    ]);
  });

  it.each([
    ['an empty list', '[]'],
    ['a header alone', 'tag,digest\n'],
  ])('reads no tuples from %s', (_, text) => {
    expect(parseTuples(text, 'f')).toEqual([]);
  });

  it('takes an empty digest of JSON for none, and one of SHA-512', () => {
    const long = `sha512:${'b'.repeat(128)}`;
    expect(parseTuples(`[["a",""],["b","${long}"]]`, 'f')).toEqual([
      ['a', null],
      ['b', long],
    ]);
  });

  it.each([
    [
      'a word for a digest, in CSV',
      `tag,digest\nlatest,${A}\nold,nothing\n`,
      'f, line 3: "nothing" is no digest',
    ],
    ['half a digest, in JSON', '[["a",null],["b","sha256:abc"]]', 'f, entry 2: "sha256:abc" is no digest'],
    ['a digest in capitals', `a,${A.toUpperCase()}`, 'is no digest'],
    ['a tag twice, in CSV', `a,${A}\nb,\na,\n`, 'f, line 3: the tag "a" is there already (f, line 1)'],
    [
      'a tag twice, in JSON',
      '[["a",null],["a",null]]',
      'f, entry 2: the tag "a" is there already (f, entry 1)',
    ],
    ['nothing at all', '', 'f is empty'],
    ['blanks', ' \n\ufeff', 'f is empty'],
    ['cut JSON', '[["latest",', 'f: this is neither JSON nor CSV'],
    ['an object', '{"latest": null}', 'f: expected [["tag", "sha256:…" or null], …]'],
    [
      'a number for a digest',
      '[["a",null],["b",1]]',
      'f: expected [["tag", "sha256:…" or null], …]; entry 2 is otherwise',
    ],
    [
      'a tuple of three',
      '[["a",null,null]]',
      'f: expected [["tag", "sha256:…" or null], …]; entry 1 is otherwise',
    ],
    ['a row of three', `tag,digest\nlatest,${A},x\n`, 'f, line 2: expected tag,digest'],
    [
      'a row without a tag after an empty line',
      `tag,digest\n\nold,\n,${A}\n`,
      'f, line 4: expected tag,digest',
    ],
    ['a quote that is not closed', 'tag,digest\n"latest,', /^f: this is not CSV \(/],
  ])('refuses %s', (_, text, expected) => {
    const read = () => parseTuples(text, 'f');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(expected);
  });
});
