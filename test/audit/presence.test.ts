import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanEvent } from '../../src/audit/scan.ts';
import { ociImage } from '../../src/demo/images.ts';
import type { Fault } from '../../src/demo/registry-options.ts';
import {
  type Pair,
  type ScanPairOptions,
  scanPair,
  skippingClock,
  startPair,
} from './support/scan-embedded.ts';

/** In the order in which they are read. */
const PATHS = Array.from({ length: 60 }, (_, at) => `group/p${String(at).padStart(2, '0')}`);
const BROKEN = 'group/p30';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
  for (const path of PATHS)
    for (const tag of ['a', 'b']) pair.put('both', tag, ociImage(`${path} ${tag}`), path);
});
afterEach(() => pair.close());

/** Scans all repositories; waiting is over at once, and told of. */
async function scanAll(options: ScanPairOptions = {}) {
  const slept: number[] = [];
  const waits: ScanEvent[] = [];
  const result = await scanPair(pair, {
    paths: PATHS,
    clock: skippingClock((milliseconds) => slept.push(milliseconds)),
    onEvent: (event) => {
      if (event.type === 'waiting') waits.push(event);
    },
    ...options,
  });
  const verdicts = new Map([...result.repositories].map(({ path, verdict }) => [path, verdict]));
  const incomplete = PATHS.filter((path) => verdicts.get(path) === 'INCOMPLETE');
  return { ...result, slept, waits, verdicts, incomplete };
}

const asked = () => pair.secondary.requests.length;

describe.each<[string, Fault]>([
  ['closes every connection', 'reset'],
  ['answers 503', { status: 503 }],
])('a secondary that %s from the middle of a run on', (_, fault) => {
  it('is waited for, and what was read meanwhile is read once more', async () => {
    let isGone = false;
    let looks = 0;
    pair.secondary.options.fault = ({ path }) => {
      if (path.includes(BROKEN) && looks === 0) isGone = true;
      if (isGone && path === '/v2/' && ++looks === 3) isGone = false;
      return isGone ? fault : undefined;
    };
    const { incomplete, waits, slept } = await scanAll();
    expect(incomplete).toEqual([]);
    expect(waits).toEqual([
      { type: 'waiting', site: 'secondary', isWaiting: true },
      { type: 'waiting', site: 'secondary', isWaiting: false },
    ]);
    expect(slept).toEqual([2_000, 4_000]);
  });

  it('is given up when it does not come back: the rest is unread, and costs nothing', async () => {
    let isGone = false;
    let since = 0;
    pair.secondary.options.fault = ({ path }) => {
      isGone ||= path.includes(BROKEN);
      if (isGone) since++;
      return isGone ? fault : undefined;
    };
    const { incomplete, repositories, slept } = await scanAll();
    expect(slept).toEqual([2_000, 4_000]);
    // Those under way at the same time fail as well.
    expect(incomplete).toEqual(expect.arrayContaining(PATHS.slice(PATHS.indexOf(BROKEN))));
    expect(since).toBeLessThan(40);
    const last = [...repositories].at(-1);
    expect(last?.tags.length).toBe(0);
    expect(last?.errors.map(({ site }) => site)).toEqual(['secondary']);
    expect(last?.errors[0]?.message).toContain(
      'it was waited for in vain for 6 s and asked for nothing more',
    );
  });
});

it('is looked for as often as requests are repeated', async () => {
  let isGone = false;
  let looks = 0;
  pair.secondary.options.fault = ({ path }) => {
    isGone ||= path.includes(BROKEN);
    if (isGone && path === '/v2/') looks++;
    return isGone ? 'reset' : undefined;
  };
  const { slept } = await scanAll({ looks: 7 });
  expect(slept).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(looks).toBe(8);
});

it('a repository that brings the site down is read twice, and the others are read', async () => {
  let left = 0;
  let times = 0;
  pair.secondary.options.fault = ({ path }) => {
    if (path === '/v2/' && left > 0) left--;
    else if (path.includes(`/v2/${BROKEN}/tags`)) {
      left = 2;
      times++;
    }
    return left > 0 ? { status: 503 } : undefined;
  };
  // One after another: of those under way beside it the site loses some as well.
  const { incomplete } = await scanAll({ concurrency: 1 });
  expect(times).toBe(2);
  expect(incomplete).toContain(BROKEN);
  expect(incomplete).not.toContain(PATHS.at(-1));
});

it('one site after the other is waited for, and what both failed in is read a third time', async () => {
  for (const site of ['primary', 'secondary'] as const) {
    let listings = 0;
    let isGone = false;
    let looks = 0;
    pair[site].options.fault = ({ path }) => {
      // The primary goes in the first reading, the secondary in the second.
      if (path.includes(`${BROKEN}/tags/list`) && ++listings === (site === 'primary' ? 1 : 2)) isGone = true;
      if (isGone && path === '/v2/' && ++looks === 3) isGone = false;
      return isGone ? 'reset' : undefined;
    };
  }
  const { incomplete, waits } = await scanAll();
  expect(incomplete).toEqual([]);
  expect(waits.map((event) => event.type === 'waiting' && event.site)).toEqual([
    'primary',
    'primary',
    'secondary',
    'secondary',
  ]);
});

it('is waited for in the second reading of what differs too', async () => {
  pair.put('primary', 'only', ociImage('only'), BROKEN);
  let listings = 0;
  let isGone = false;
  let looks = 0;
  pair.secondary.options.fault = ({ path }) => {
    if (path.includes(`${BROKEN}/tags/list`) && ++listings === 2) isGone = true;
    if (isGone && path === '/v2/' && ++looks === 3) isGone = false;
    return isGone ? 'reset' : undefined;
  };
  const { incomplete, repositories } = await scanAll({ settleSeconds: 1 });
  expect(incomplete).toEqual([]);
  const found = [...repositories].find(({ path }) => path === BROKEN);
  expect(found?.counts).toMatchObject({ MATCH: 2, 'PRIMARY-ONLY': 1 });
});

describe('a site whose `/v2/` works', () => {
  it('is given up after twenty repositories in a row that gave nothing', async () => {
    pair.secondary.options.fault = ({ path }) =>
      path.includes('/tags/list') && path.replace(/.*(group.p..).*/, '$1') >= 'group/p10'
        ? { status: 503 }
        : undefined;
    const { incomplete, repositories, waits } = await scanAll();
    expect(waits).toEqual([]);
    expect(incomplete).toEqual(PATHS.slice(10));
    const last = [...repositories].at(-1);
    expect(last?.errors[0]?.message).toContain('20 repositories in a row were asked for in vain');
    expect(last?.errors[0]?.code).toBe('HTTP_503');
  });

  it('is asked for all of them where one in ten gives nothing', async () => {
    pair.secondary.options.fault = ({ path }) => (/p\d0\/tags/.test(path) ? { status: 503 } : undefined);
    const { incomplete } = await scanAll();
    expect(incomplete).toEqual(PATHS.filter((path) => path.endsWith('0')));
  });

  it('is not waited for, whatever a tag does to its connection', async () => {
    pair.secondary.options.fault = ({ path }) => (path.endsWith('/manifests/b') ? 'reset' : undefined);
    const { repositories, slept } = await scanAll();
    expect(slept).toEqual([]);
    for (const { counts, errors } of repositories) {
      expect(counts).toMatchObject({ total: 1, MATCH: 1 });
      expect(errors.map(({ code, tags }) => [code, tags])).toEqual([['UNREACHABLE', ['b']]]);
    }
    // A look at the site for each, beside the list and the tags.
    expect(asked()).toBeLessThan(PATHS.length * 6);
  });
});

it('an interruption ends the waiting', async () => {
  const stop = new AbortController();
  let isGone = false;
  pair.secondary.options.fault = ({ path }) => {
    isGone ||= path.includes(BROKEN);
    return isGone ? 'reset' : undefined;
  };
  const clock = skippingClock((milliseconds) => {
    if (milliseconds === 4_000) stop.abort(new Error('stopped'));
  });
  const { interrupted, incomplete, slept } = await scanAll({
    signal: stop.signal,
    looks: 20,
    clock: {
      ...clock,
      sleep: async (ms, signal) => clock.sleep(ms, signal).then(() => signal?.throwIfAborted()),
    },
  });
  expect(slept).toEqual([]);
  expect(interrupted).toBe(true);
  expect(incomplete).toContain(PATHS.at(-1));
  expect(incomplete).not.toContain(PATHS[0]);
});
