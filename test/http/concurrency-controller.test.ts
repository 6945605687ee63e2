import { describe, expect, test } from 'vitest';
import {
  type ConcurrencyState,
  firstConcurrency,
  isWindow,
  MOST_IN_FLIGHT,
  nextConcurrency,
} from '../../src/http/concurrency-controller.ts';

/** Requests per second that a site answers with so many in flight. */
type Site = (inFlight: number) => number;
const cpuBound =
  (knee: number, most: number): Site =>
  (inFlight) =>
    most * Math.min(1, inFlight / knee);
const roundTripBound =
  (milliseconds: number): Site =>
  (inFlight) =>
    (inFlight / milliseconds) * 1000;

/** Deterministic noise in [-size, size]. */
function noise(size: number) {
  let seed = 1;
  return () => {
    seed = (seed * 16807) % 2147483647;
    return 1 + size * ((seed / 2147483647) * 2 - 1);
  };
}

/** A process that gets warm on a machine that others use too: what is fast now is fast a window later as well. */
function drift(seed: number) {
  let state = (seed * 7919) % 2147483647;
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  // The first numbers of neighbouring seeds are alike.
  for (let times = 0; times < 9; times++) random();
  let slow = 0;
  let windows = 0;
  return () => {
    slow = 0.86 * slow + 0.06 * (random() + random() + random() + random() - 2) * Math.sqrt(3);
    const warmth = Math.min(1, 0.5 + windows++ / 20);
    return Math.max(0.2, 1 + slow + 0.1 * (2 * random() - 1)) * warmth;
  };
}

/** Lets the controller run against a simulated site for so many seconds of the site's time. */
function simulate(
  site: Site,
  seconds: number,
  more: {
    state?: ConcurrencyState;
    noise?: () => number;
    refusesAbove?: number;
    /** Requests per second that this process is at its end with. */
    capacity?: number;
  } = {},
) {
  const { noise: factor = () => 1, refusesAbove = Number.POSITIVE_INFINITY } = more;
  const { capacity = Number.POSITIVE_INFINITY } = more;
  let state = more.state ?? firstConcurrency();
  let time = 0;
  let served = 0;
  const limits: number[] = [];
  while (time < seconds * 1000) {
    const wanted = site(state.limit);
    const rate = Math.min(wanted, capacity) * factor();
    const busy = Math.min(1, wanted / capacity);
    let requests = 24;
    while (!isWindow(state.limit, requests, (requests / rate) * 1000)) requests++;
    const milliseconds = (requests / rate) * 1000;
    time += milliseconds;
    limits.push(state.limit);
    if (rate > refusesAbove) state = nextConcurrency(state, { kind: 'trouble' });
    else {
      served += requests;
      state = nextConcurrency(state, { kind: 'window', requests, milliseconds, busy });
    }
  }
  return { state, limits, rate: served / (time / 1000), time };
}

describe('where it settles', () => {
  test('a site that only queues beyond four is left with the few that every site begins with', () => {
    const { state, limits, rate } = simulate(cpuBound(4, 850), 60);
    expect(state.limit).toBe(8);
    expect(Math.max(...limits)).toBeLessThanOrEqual(16);
    expect(limits.filter((limit) => limit > 8).length).toBeLessThan(0.1 * limits.length);
    expect(rate).toBeGreaterThan(0.95 * 850);
  });

  test('nor left with so few that it runs dry between two answers', () => {
    for (const size of [0, 0.3]) {
      const { limits } = simulate(cpuBound(2, 850), 120, { noise: noise(size) });
      expect(Math.min(...limits)).toBe(8);
    }
  });

  test('under noise of 30 % too', () => {
    const { limits, rate } = simulate(cpuBound(4, 850), 120, { noise: noise(0.3) });
    const sorted = limits.toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(16);
    expect(rate).toBeGreaterThan(0.85 * 850);
  });

  test('and where the machine gets faster and slower by itself', () => {
    const seeds = Array.from({ length: 101 }, (_, at) => at + 1);
    const highest = seeds
      .map((seed) => Math.max(...simulate(cpuBound(4, 550), 20, { noise: drift(seed) }).limits))
      .toSorted((a, b) => a - b);
    expect(highest[50]).toBeLessThanOrEqual(24);
    expect(highest[90]).toBeLessThanOrEqual(36);
  });

  test('a site that gains less with each more is followed as far as that is worth it', () => {
    const site: Site = (inFlight) => (4000 * inFlight) / (inFlight + 16);
    const { limits, rate } = simulate(site, 20);
    expect(Math.max(...limits)).toBeGreaterThanOrEqual(96);
    expect(rate).toBeGreaterThan(0.8 * 4000);
    const drifting = simulate(site, 20, { noise: drift(1) });
    expect(drifting.rate).toBeGreaterThan(0.6 * 4000);
  });

  test('a link of 50 ms is filled within seconds', () => {
    expect(simulate(roundTripBound(50), 3).state.limit).toBe(MOST_IN_FLIGHT);
    const { rate } = simulate(roundTripBound(50), 120);
    expect(rate).toBeGreaterThan(0.95 * roundTripBound(50)(MOST_IN_FLIGHT));
  });

  test('a link that carries 64 is left at about that', () => {
    const { state } = simulate((inFlight) => Math.min(64, inFlight) * 20, 30);
    expect(state.limit).toBeGreaterThanOrEqual(64);
    expect(state.limit).toBeLessThanOrEqual(128);
  });
});

describe('a process that is itself the limit', () => {
  test.each([
    ['with what it began with, where that keeps it at work', 0.5, 16],
    ['on the way up, where more in flight would only wait in it', 5, 64],
  ])('stops %s, under whatever noise', (_, milliseconds, most) => {
    for (const size of [0, 0.3]) {
      const site = roundTripBound(milliseconds);
      const { limits, rate } = simulate(site, 60, { capacity: 10_000, noise: noise(size) });
      expect(Math.max(...limits)).toBe(most);
      expect(rate).toBeGreaterThan((0.9 - size / 2) * 10_000);
    }
  });

  test('and after trouble, as far as it had come by small steps', () => {
    const { state } = simulate(roundTripBound(50), 10);
    const few = [1, 2, 3, 4, 5, 6].reduce((seen) => nextConcurrency(seen, { kind: 'trouble' }), state);
    expect(few.limit).toBe(4);
    const { limits } = simulate(roundTripBound(0.5), 60, { capacity: 12_000, state: few });
    expect(limits).toContain(6);
    expect(Math.max(...limits)).toBe(6);
  });

  test('has enough in flight that a turn of its event loop serves several', () => {
    for (const size of [0, 0.3]) {
      const { limits } = simulate(roundTripBound(0.2), 60, { capacity: 10_000, noise: noise(size) });
      expect(limits.slice(0, 4)).toEqual([8, 8, 8, 8]);
      expect(new Set(limits.slice(4))).toEqual(new Set([16]));
    }
  });

  test('so too at half its time, which it is not the limit with', () => {
    const { state, limits, rate } = simulate(cpuBound(4, 850), 60, { capacity: 1400 });
    expect(Math.min(...limits.slice(4))).toBe(16);
    expect(Math.max(...limits)).toBeLessThanOrEqual(32);
    expect(rate).toBeGreaterThan(0.95 * 850);
    // Once it has less to do, it is left with few again.
    expect(simulate(cpuBound(4, 850), 60, { state }).state.limit).toBe(8);
  });

  test('goes no further than the site lets it, busy or not', () => {
    const { limits } = simulate((inFlight) => inFlight * 1000, 60, { capacity: 4_000, refusesAbove: 5_500 });
    const refused = simulate((inFlight) => inFlight * 1000, 60, { capacity: 7_000, refusesAbove: 5_500 });
    expect(Math.max(...limits.slice(-100))).toBeLessThanOrEqual(16);
    expect(refused.state.limit).toBeLessThanOrEqual(7);
  });

  test('fills a long link all the same', () => {
    const { state } = simulate(roundTripBound(50), 20, { capacity: 10_000 });
    expect(state.limit).toBe(MOST_IN_FLIGHT);
  });
});

describe('trouble', () => {
  test('halves at once, whatever the phase, and never ends at nothing', () => {
    let state = simulate(roundTripBound(50), 10).state;
    for (const limit of [128, 64, 32, 16, 8, 4, 2, 1, 1]) {
      state = nextConcurrency(state, { kind: 'trouble' });
      expect(state.limit).toBe(limit);
    }
  });

  test('a site that refuses above a rate is kept below it most of the time', () => {
    const refusesAbove = 500;
    const { rate } = simulate(roundTripBound(50), 120, { refusesAbove });
    expect(rate).toBeGreaterThan(0.6 * refusesAbove);
  });

  test('when it is over, the way up is found again', () => {
    let state = simulate(roundTripBound(50), 10).state;
    for (let times = 0; times < 9; times++) state = nextConcurrency(state, { kind: 'trouble' });
    expect(state.limit).toBe(1);
    expect(Math.max(...simulate(roundTripBound(50), 180, { state }).limits)).toBe(MOST_IN_FLIGHT);
  });
});

test('a link that becomes longer in the run is filled again', () => {
  const { state } = simulate(cpuBound(4, 850), 20);
  expect(Math.max(...simulate(roundTripBound(50), 60, { state }).limits)).toBe(MOST_IN_FLIGHT);
});
