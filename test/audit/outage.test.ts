import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';
import { ociImage } from '../../src/demo/images.ts';
import type { Fault } from '../../src/demo/registry-options.ts';
import { type Pair, scanPair, startPair } from './support/scan-embedded.ts';

const TAGS = 400;
const ANSWERED = 50;

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
  for (let at = 0; at < TAGS; at++) pair.put('both', `v${at}`, ociImage(`${at}`));
});
afterEach(() => pair.close());

const heads = () => pair.secondary.requests.filter(({ method }) => method === 'HEAD').length;
const pings = () => pair.secondary.requests.filter(({ path }) => path === '/v2/').length;

/** From so many HEADs on the secondary meets that, in everything or in manifests alone. */
function failsFrom(count: number, fault: Fault, isWhole: boolean): void {
  let seen = 0;
  pair.secondary.options.fault = ({ method, path }) => {
    if (method === 'HEAD') seen++;
    return seen > count && (isWhole || path.includes('/manifests/')) ? fault : undefined;
  };
}

describe.each<[string, Fault, string]>([
  ['closes every connection', 'reset', 'UNREACHABLE'],
  ['answers 503', { status: 503 }, 'HTTP_503'],
])('a site that %s from the middle of a repository on', (_, fault, code) => {
  it('is not asked for all that is left, of which nothing is concluded', async () => {
    failsFrom(ANSWERED, fault, true);
    const { repository } = await scanPair(pair);
    expect(heads()).toBeLessThan(ANSWERED + 20);
    expect(repository.verdict).toBe('INCOMPLETE');
    expect(repository.counts.total).toBe(ANSWERED);
    expect(repository.counts.MATCH).toBe(ANSWERED);
    const errors = repository.errors.filter(({ site }) => site === 'secondary');
    expect(errors.map((error) => error.code)).toContain(code);
    expect(errors.flatMap(({ tags }) => tags ?? []).length).toBe(TAGS - ANSWERED);
    expect(repository.errors.filter(({ site }) => site === 'primary')).toEqual([]);
  });

  it('is not asked for all that is left either while its `/v2/` works, after enough in a row', async () => {
    failsFrom(ANSWERED, fault, false);
    const { repository } = await scanPair(pair);
    // 3, 6 and 12 that had no answer, those that were under way beside them, and none of them again.
    expect(heads()).toBeGreaterThanOrEqual(ANSWERED + 21);
    expect(heads()).toBeLessThan(ANSWERED + 40);
    expect(pings()).toBeLessThan(10);
    expect(repository.verdict).toBe('INCOMPLETE');
    expect(repository.counts).toMatchObject({ total: ANSWERED, MATCH: ANSWERED });
    const errors = repository.errors.filter(({ site }) => site === 'secondary');
    expect(errors.flatMap(({ tags }) => tags ?? []).length).toBe(TAGS - ANSWERED);
    expect(errors.map(({ message }) => message).join('\n')).toContain(
      'asked for in vain, although /v2/ answers',
    );
  });
});

it('a site that answers 500 for tag after tag is asked for every one: a broken link is answered so', async () => {
  failsFrom(ANSWERED, { status: 500 }, false);
  const { repository } = await scanPair(pair);
  // All of them twice, before it is said of a tag.
  expect(heads()).toBeGreaterThanOrEqual(ANSWERED + 2 * (TAGS - ANSWERED));
  expect(pings()).toBeLessThan(20);
  expect(repository.counts).toMatchObject({ total: TAGS, UNRESOLVABLE: TAGS - ANSWERED, MATCH: ANSWERED });
});

it.each<[string, Fault]>([
  ['503', { status: 503 }],
  ['502', { status: 502 }],
])('a site that answers %s for every eighth tag is no outage, however many they are', async (_, fault) => {
  const isBroken = (path: string) => Number(/manifests\/v(\d+)$/.exec(path)?.[1] ?? 1) % 8 === 0;
  pair.secondary.options.fault = ({ path }) => (isBroken(path) ? fault : undefined);
  const { repository } = await scanPair(pair);
  expect(repository.errors).toEqual([]);
  expect(repository.counts).toMatchObject({ total: TAGS, UNRESOLVABLE: TAGS / 8, MATCH: TAGS - TAGS / 8 });
});

it('many that wait for their next attempt make no noise', async () => {
  const warnings: string[] = [];
  const listen = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listen);
  let seen = 0;
  pair.secondary.options.fault = ({ method }) =>
    method === 'HEAD' && seen++ < 60 ? { status: 502 } : undefined;
  await scanPair(pair, { concurrency: 32, retries: 2, clock: SYSTEM_CLOCK });
  process.off('warning', listen);
  expect(seen).toBeGreaterThan(TAGS);
  expect(warnings).toEqual([]);
});

it('a site that wants a credential for `/v2/` alone is not thought gone', async () => {
  let seen = 0;
  pair.secondary.options.fault = ({ method, path }) => {
    if (path === '/v2/') return { status: 401 };
    if (method === 'HEAD') seen++;
    return method === 'HEAD' && seen > ANSWERED && seen <= ANSWERED + 8 ? { status: 500 } : undefined;
  };
  const { repository } = await scanPair(pair);
  expect(repository.counts.total).toBe(TAGS - 8);
  expect(repository.verdict).toBe('INCOMPLETE');
});

// A connection that is closed once is opened again without a word.
it('a few tags that fail among others cost no look at the site', async () => {
  let seen = 0;
  pair.secondary.options.fault = ({ method }) => (method === 'HEAD' && seen++ % 4 < 2 ? 'reset' : undefined);
  const { repository } = await scanPair(pair, { concurrency: 1 });
  expect(heads()).toBeGreaterThanOrEqual(TAGS);
  expect(pings()).toBeLessThanOrEqual(2);
  expect(repository.verdict).toBe('INCOMPLETE');
});
