import { expect, test } from 'vitest';
import { ABSENT } from '../../src/core/tag-reading.ts';

test('the one value for "not listed" cannot be changed', () => {
  expect(ABSENT).toEqual({ state: 'absent' });
  expect(Object.isFrozen(ABSENT)).toBe(true);
});
