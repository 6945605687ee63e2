import { expect, it } from 'vitest';
import { isSameAddress } from '../../src/core/same-address.ts';

it.each([
  ['https://a.example', 'https://a.example/', true],
  ['https://a.example', 'https://A.Example:443//', true],
  ['https://a.example', 'https://a.example./', true],
  ['https://a.example', 'http://a.example', true],
  ['https://a.example/registry/', 'https://a.example/registry', true],
  ['https://a.example', 'https://b.example', false],
  ['https://a.example', 'https://a.example:5050', false],
  ['https://a.example/one', 'https://a.example/two', false],
  ['https://a.example/One', 'https://a.example/one', false],
])('%s and %s: %s', (a, b, expected) => {
  expect(isSameAddress(new URL(a), new URL(b))).toBe(expected);
});
