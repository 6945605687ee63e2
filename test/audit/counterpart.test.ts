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

test('every tag once, in order where they are few, and none put off for long that is heard', () => {
  const { primary, secondary } = createCounterparts();
  const tags = (count: number) => Array.from({ length: count }, (_, number) => ({ name: `v1.${number}` }));
  const few = tags(256);
  expect([...puttingOff(few, primary, 4)]).toEqual(few);
  const many = tags(5000);
  for (const { name } of many) if (secondary.isOurs(name)) secondary.tell(name, A);
  const order = [...puttingOff(many, primary, 4)];
  expect(new Set(order)).toEqual(new Set(many));
  expect(order.length).toBe(many.length);
  const places = new Map(many.map((tag, at) => [tag, at]));
  const late = order.map((tag, at) => at - (places.get(tag) ?? 0));
  expect(Math.max(...late)).toBeLessThan(150);
  const known = many.map((tag) => ({ ...tag, known: {} }));
  expect([...puttingOff(known, primary, 4)]).toEqual(known);
});

test('512 tags at most wait for what is not heard, and one that will not be heard does not hold up the others', () => {
  const { primary, secondary } = createCounterparts();
  const many = Array.from({ length: 5000 }, (_, number) => ({ name: `v1.${number}` }));
  const silent = [...puttingOff(many, primary, 4)];
  expect(new Set(silent)).toEqual(new Set(many));
  const waited = silent.filter((tag, at) => at - many.indexOf(tag) > 512);
  expect(waited.length).toBeLessThanOrEqual(512);
  const others = many.filter(({ name }) => secondary.isOurs(name));
  for (const { name } of others.filter((_, at) => at % 10 > 0)) secondary.tell(name, A);
  const order = [...puttingOff(many, primary, 4)];
  expect(Math.max(...order.map((tag, at) => at - many.indexOf(tag)))).toBeLessThan(150);
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

/**
 * Reads two sites, each so many tags at once and at a pace of its own, which changes at times; gives how many of the
 * questions could be asked by condition.
 */
function shareHeard(
  paces: readonly (readonly [primary: number, secondary: number])[],
  inFlight = 16,
): number {
  const counterparts = createCounterparts();
  const count = 10_000;
  const tags = Array.from({ length: count }, (_, number) => ({ name: `v1.${number}` }));
  const sites = [counterparts.primary, counterparts.secondary].map((counterpart) => ({
    counterpart,
    source: puttingOff(tags, counterpart, inFlight),
    flying: [] as { name: string; isHeard: boolean }[],
    credit: 0,
  }));
  let heard = 0;
  let answered = 0;
  for (let turn = 0; answered < 2 * count; turn++) {
    const pace = paces[Math.floor(turn / 1000) % paces.length] ?? [1, 1];
    for (const [index, { counterpart, source, flying }] of sites.entries()) {
      const site = sites[index];
      if (site === undefined) continue;
      for (site.credit += pace[index] ?? 1; site.credit >= 1; site.credit--) {
        while (flying.length < inFlight) {
          const next = source.next();
          if (next.done) break;
          flying.push({
            name: next.value.name,
            isHeard: counterpart.expected(next.value.name) !== undefined,
          });
        }
        const answer = flying.shift();
        if (answer === undefined) continue;
        answered++;
        if (answer.isHeard) heard++;
        else counterpart.tell(answer.name, A);
      }
    }
  }
  return heard / answered;
}

test.each([
  ['the same pace', [[1, 1]]],
  ['a slower secondary', [[1, 0.9]]],
  ['a much slower primary', [[0.25, 1]]],
  [
    'one that is ahead, then the other',
    [
      [1, 0.8],
      [0.7, 1],
    ],
  ],
] as const)('of two sites at %s, hardly a tag is asked for in full at both', (_, paces) => {
  expect(shareHeard(paces)).toBeGreaterThan(0.49);
});
