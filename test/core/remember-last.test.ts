import { expect, test } from 'vitest';
import { rememberLast } from '../../src/core/remember-last.ts';

test('makes a value once for equal keys in a row, and anew for each other one', () => {
  const made: string[] = [];
  const valueOf = rememberLast((key: string) => {
    made.push(key);
    return { key };
  });
  const first = valueOf('a');
  expect(valueOf('a')).toBe(first);
  expect(valueOf('b')).toEqual({ key: 'b' });
  expect(valueOf('a')).not.toBe(first);
  expect(made).toEqual(['a', 'b', 'a']);
});

test('keeps a value of nothing as well', () => {
  let times = 0;
  const valueOf = rememberLast(() => {
    times++;
    return undefined;
  });
  valueOf(undefined);
  valueOf(undefined);
  expect(times).toBe(1);
});
