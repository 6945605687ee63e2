import { expect, it } from 'vitest';
import { closestWord } from '../../src/core/closest-word.ts';

const FLAGS = ['primary-url', 'secondary-url', 'concurrency', 'quiet', 'all', 'url', 'format', 'settle'];

it.each([
  ['primary-uri', 'primary-url'],
  ['primry-url', 'primary-url'],
  ['concurency', 'concurrency'],
  ['quite', 'quiet'],
  ['fromat', 'format'],
  ['al', 'all'],
  ['urll', 'url'],
  ['setlte', 'settle'],
  ['settle', 'settle'],
  ['xyz', null],
  ['everything', null],
  ['', null],
  ['u'.repeat(100_000), null],
])('%s: %s', (typed, expected) => {
  expect(closestWord(typed, FLAGS)).toBe(expected);
});

it('takes the fewest mistakes, not the first word in reach', () => {
  expect(closestWord('primary-file', ['primary-tile-x', 'primary-files'])).toBe('primary-files');
});
