import { expect, test } from 'vitest';
import { createCounterparts, puttingOff } from '../../src/audit/counterpart.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

test('each tag is asked for first at one site, about as many at each', () => {
  const { primary, secondary } = createCounterparts();
  const names = Array.from({ length: 10_000 }, (_, number) => `v1.${number}`);
  for (const name of names) expect(primary.isOurs(name)).toBe(!secondary.isOurs(name));
  const share = names.filter(primary.isOurs).length / names.length;
  expect(share).toBeGreaterThan(0.45);
  expect(share).toBeLessThan(0.55);
});

test('what a site was given is heard at the other, once, and not at its own', () => {
  const { primary, secondary } = createCounterparts();
  primary.tell('latest', A);
  expect(primary.expected('latest')).toBeUndefined();
  expect(secondary.expected('latest')).toBe(A);
  expect(secondary.expected('latest')).toBeUndefined();
  expect(secondary.expected('other')).toBeUndefined();
});

test('a tag that both were asked for at the same time is not kept', () => {
  const { primary, secondary } = createCounterparts();
  primary.tell('latest', A);
  secondary.tell('latest', B);
  expect(primary.expected('latest')).toBeUndefined();
  expect(secondary.expected('latest')).toBeUndefined();
});

test('no more than 200,000 tags wait to be heard', () => {
  const { primary, secondary } = createCounterparts();
  for (let number = 0; number < 200_001; number++) primary.tell(`v${number}`, A);
  expect(secondary.expected('v200000')).toBeUndefined();
  expect(secondary.expected('v0')).toBe(A);
  primary.tell('again', B);
  expect(secondary.expected('again')).toBe(B);
});

test('every tag once, in order where they are few, and none put off for long', () => {
  const { primary } = createCounterparts();
  const tags = (count: number) => Array.from({ length: count }, (_, number) => ({ name: `v1.${number}` }));
  const few = tags(256);
  expect([...puttingOff(few, primary, 4)]).toEqual(few);
  const many = tags(5000);
  const order = [...puttingOff(many, primary, 4)];
  expect(new Set(order)).toEqual(new Set(many));
  expect(order.length).toBe(many.length);
  const places = new Map(many.map((tag, at) => [tag, at]));
  const late = order.map((tag, at) => at - (places.get(tag) ?? 0));
  expect(Math.max(...late)).toBeLessThan(150);
  const known = many.map((tag) => ({ ...tag, known: {} }));
  expect([...puttingOff(known, primary, 4)]).toEqual(known);
});

test('a site to which it is of no use hears nothing, puts off nothing, and is heard', () => {
  const { primary, secondary } = createCounterparts();
  secondary.tell('earlier', A);
  primary.stopHearing();
  secondary.tell('latest', A);
  expect(primary.expected('earlier')).toBeUndefined();
  expect(primary.expected('latest')).toBeUndefined();
  primary.tell('other', B);
  expect(secondary.expected('other')).toBe(B);
  const many = Array.from({ length: 1000 }, (_, number) => ({ name: `v1.${number}` }));
  expect([...puttingOff(many, primary, 4)]).toEqual(many);
});

test('what was put off is asked for at once when hearing turns out to be of no use', () => {
  const { primary } = createCounterparts();
  const many = Array.from({ length: 1000 }, (_, number) => ({ name: `v1.${number}` }));
  const asked: { name: string }[] = [];
  for (const tag of puttingOff(many, primary, 4)) {
    asked.push(tag);
    if (asked.length === 50) primary.stopHearing();
  }
  expect(new Set(asked)).toEqual(new Set(many));
  expect(asked.slice(200)).toEqual(many.slice(200));
});
