import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import type { Fault } from '../../src/demo/registry-options.ts';
import { type Pair, scanPair, startPair } from './support/scan-embedded.ts';
import { PATH } from './support/snapshots.ts';

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

  it('is asked for every tag while its `/v2/` works, and for that now and then', async () => {
    failsFrom(ANSWERED, fault, false);
    await scanPair(pair);
    expect(heads()).toBeGreaterThanOrEqual(TAGS);
    expect(pings()).toBeLessThan(20);
  });
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

it('another repository is read all the same: the site may be back', async () => {
  for (let at = 0; at < 10; at++) pair.put('both', `v${at}`, ociImage(`${at}`), 'group/next');
  let seen = 0;
  pair.secondary.options.fault = ({ method, path }) => {
    if (path.includes('group/next')) return undefined;
    if (method === 'HEAD') seen++;
    return seen > ANSWERED ? 'reset' : undefined;
  };
  const { repositories } = await scanPair(pair, { paths: [PATH, 'group/next'] });
  expect(Object.fromEntries([...repositories].map(({ path, verdict }) => [path, verdict]))).toEqual({
    'group/next': 'IN-SYNC',
    [PATH]: 'INCOMPLETE',
  });
});
