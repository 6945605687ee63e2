import { expect, test } from 'vitest';
import { rememberLast } from '../../src/core/remember-last.ts';

test('makes a value once for equal keys in a row, and anew for each other one', () => {
  const made: string[] = [];
  const valueFor = rememberLast((key: string) => {
    made.push(key);
    return { key };
  });
  const first = valueFor('a');
  expect(valueFor('a')).toBe(first);
  expect(valueFor('b')).toEqual({ key: 'b' });
  expect(valueFor('a')).not.toBe(first);
  expect(made).toEqual(['a', 'b', 'a']);
});

test('keeps a value of nothing as well', () => {
  let times = 0;
  const valueFor = rememberLast(() => {
    times++;
    return undefined;
  });
  valueFor(undefined);
  valueFor(undefined);
  expect(times).toBe(1);
});
