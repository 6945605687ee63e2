import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { type AttemptOutcome, decideRetry, parseRetryAfter } from '../../src/http/retry-policy.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const LIMITS = { retries: 4, baseMs: 500, capMs: 30_000, longestRetryAfterMs: 120_000 };

const status = (code: number, retryAfter: string | null = null): AttemptOutcome => ({
  status: code,
  retryAfter,
});

describe('what is worth repeating', () => {
  test.each<[string, AttemptOutcome, { delayMs: number; holdHost: boolean } | null]>([
    ['200', status(200), null],
    ['304', status(304), null],
    ['400', status(400), null],
    ['401', status(401), null],
    ['403', status(403), null],
    ['404', status(404), null],
    ['408 request time-out', status(408), { delayMs: 250, holdHost: false }],
    ['425 too early', status(425), { delayMs: 250, holdHost: false }],
    ['429 holds the host', status(429), { delayMs: 250, holdHost: true }],
    ['500: for good on a broken tag link', status(500), null],
    ['501', status(501), null],
    ['502', status(502), { delayMs: 250, holdHost: false }],
    ['503 holds the host', status(503), { delayMs: 250, holdHost: true }],
    ['504', status(504), { delayMs: 250, holdHost: false }],
    ['Retry-After is kept in full, plus jitter', status(429, '7'), { delayMs: 7125, holdHost: true }],
    ['Retry-After 0', status(429, '0'), { delayMs: 125, holdHost: true }],
    ['Retry-After on a 502', status(502, '2'), { delayMs: 2125, holdHost: false }],
    ['Retry-After on a 404 means nothing', status(404, '2'), null],
    ['the longest wait', status(503, '120'), { delayMs: 120_125, holdHost: true }],
    ['one second too long is given up', status(503, '121'), null],
    ['absurdly long is given up', status(503, '99999999999999999999'), null],
    ['longer than any number is given up', status(503, '9'.repeat(400)), null],
    ['a date', status(503, 'Sat, 21 Nov 2026 12:00:10 GMT'), { delayMs: 10_125, holdHost: true }],
    [
      'a date that has passed',
      status(503, 'Sat, 21 Nov 2026 11:00:00 GMT'),
      { delayMs: 125, holdHost: true },
    ],
    ['a date too far off', status(503, 'Sat, 21 Nov 2026 13:00:00 GMT'), null],
    ['rubbish counts as none', status(503, 'wait 5'), { delayMs: 250, holdHost: true }],
    ['a negative number counts as none', status(503, '-5'), { delayMs: 250, holdHost: true }],
    ...(['UNREACHABLE', 'TIMEOUT', 'BODY_TRUNCATED'] as const).map(
      (error): [string, AttemptOutcome, { delayMs: number; holdHost: boolean }] => [
        error,
        { error },
        { delayMs: 250, holdHost: false },
      ],
    ),
    ...(
      ['TLS', 'REDIRECT_REFUSED', 'BODY_TOO_LARGE', 'PROTOCOL', 'AUTH_REFUSED', 'INTERRUPTED'] as const
    ).map((error): [string, AttemptOutcome, null] => [error, { error }, null]),
  ])('%s', (_name, outcome, expected) => {
    expect(decideRetry(0, outcome, LIMITS, NOW, 0.5)).toEqual(
      expected === null ? { retry: false } : { retry: true, ...expected },
    );
  });

  test.each([
    [0, 500],
    [1, 1000],
    [2, 2000],
    [3, 4000],
  ])('back-off: attempt %i waits less than %i ms', (attempt, most) => {
    expect(decideRetry(attempt, status(502), LIMITS, NOW, 0.999)).toMatchObject({ delayMs: most * 0.999 });
    expect(decideRetry(attempt, status(502), LIMITS, NOW, 0)).toMatchObject({ delayMs: 0 });
  });

  test('the back-off stops growing at the cap, however many attempts there were', () => {
    expect(decideRetry(2000, status(502), { ...LIMITS, retries: 5000 }, NOW, 0.5)).toMatchObject({
      delayMs: 15_000,
    });
  });

  test('no more attempts than allowed', () => {
    expect(decideRetry(3, status(503), LIMITS, NOW, 0.5).retry).toBe(true);
    expect(decideRetry(4, status(503), LIMITS, NOW, 0.5).retry).toBe(false);
    expect(decideRetry(0, status(503), { ...LIMITS, retries: 0 }, NOW, 0.5).retry).toBe(false);
  });

  test('a delay is never negative, never over the cap or the asked time with its jitter, and never below what was asked', () => {
    const outcomes = fc.oneof(
      fc.record({
        status: fc.integer({ min: 100, max: 599 }),
        retryAfter: fc.option(
          fc.oneof(
            fc.string(),
            fc.nat().map(String),
            fc.bigInt({ min: 0n }).map(String),
            fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
            fc.date({ noInvalidDate: true }).map(String),
          ),
        ),
      }),
      fc
        .constantFrom<ErrorCode>('UNREACHABLE', 'TIMEOUT', 'TLS', 'PROTOCOL', 'BODY_TRUNCATED')
        .map((error) => ({ error })),
    );
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat({ max: 2000 }),
        outcomes,
        random,
        fc.nat({ max: 2000 }),
        (attempt, outcome, luck, retries) => {
          const decision = decideRetry(attempt, outcome, { ...LIMITS, retries }, NOW, luck);
          if (!decision.retry) return;
          expect(attempt).toBeLessThan(retries);
          const asked = 'status' in outcome ? parseRetryAfter(outcome.retryAfter, NOW) : null;
          expect(decision.delayMs).toBeGreaterThanOrEqual(asked ?? 0);
          expect(decision.delayMs).toBeLessThanOrEqual(asked === null ? LIMITS.capMs : asked + 250);
          expect(asked ?? 0).toBeLessThanOrEqual(LIMITS.longestRetryAfterMs);
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  test.each([
    [null, null],
    ['', null],
    ['  3 ', 3000],
    ['03', 3000],
    ['1.5', null],
    ['+5', null],
    ['5s', null],
    ['soon 5', null],
    ['May', null],
    ['never 2099', null],
    ['2026-11-21T12:00:10Z', null],
    ['Sat, 21 Nov 2026 12:00:10 GMT', 10_000],
    ['Saturday, 21-Nov-26 12:00:10 GMT', 10_000],
    ['Sat Nov 21 12:00:10 2026', 10_000],
    ['Sun Nov  1 12:00:10 2026', 0],
    ['Sat, 99 Nov 2026 12:00:10 GMT', null],
    ['Sat, 21 Nov 2026 12:00:10', null],
  ])('%j asks for %j ms', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });
});
