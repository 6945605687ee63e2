import { describe, expect, test } from 'vitest';
import { isTagName } from '../../src/core/tag.ts';

describe('isTagName', () => {
  test.each<[string, unknown, boolean]>([
    ['a word', 'latest', true],
    ['a version', 'v1.0.0-rc.1', true],
    ['an underscore first', '_x', true],
    ['a digit first', '10', true],
    ['a capital first', 'Z', true],
    ['the tag of a signature', `sha256-${'0'.repeat(64)}.sig`, true],
    ['128 characters', 'a'.repeat(128), true],
    ['129 characters', 'a'.repeat(129), false],
    ['nothing', '', false],
    ['a dot first', '.x', false],
    ['a minus first', '-x', false],
    ['a slash', 'a/b', false],
    ['a way out', '..', false],
    ['a space', 'a b', false],
    ['a line end at the end', 'a\n', false],
    ['a plus sign', '1.0+build', false],
    ['a colon', 'a:b', false],
    ['a percent sign', 'a%2fb', false],
    ['an escape sequence', '\u001b[31m', false],
    ['letters outside ASCII', 'é', false],
    ['null', null, false],
    ['a number', 1, false],
    ['a list with a tag', ['latest'], false],
  ])('%s', (_name, name, expected) => {
    expect(isTagName(name)).toBe(expected);
  });
});
