import type { ErrorCode } from '../errors.ts';

/** What became of one attempt: a status with its `Retry-After`, or the code of the error that was thrown. */
export type AttemptOutcome =
  | { readonly status: number; readonly retryAfter: string | null }
  | { readonly error: ErrorCode };

export interface RetryLimits {
  /** Attempts after the first. */
  readonly retries: number;
  /** The first back-off's upper end, in milliseconds; doubled for each further attempt. */
  readonly baseMs: number;
  /** The longest back-off of our own choosing. */
  readonly capMs: number;
  /** The longest `Retry-After` that is waited for; a longer one is given up on, never cut short. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_RETRY_LIMITS: Omit<RetryLimits, 'retries'> = {
  baseMs: 500,
  capMs: 30_000,
  longestRetryAfterMs: 120_000,
};

export type RetryDecision =
  | { readonly retry: false }
  | {
      readonly retry: true;
      readonly delayMs: number /** The whole host is asking for quiet. */;
      readonly holdHost: boolean;
    };

/** Temporary by definition. 500 is not here: Distribution answers it for good on a broken tag link (`facts.md` §5). */
const TEMPORARY_STATUSES = new Set([408, 425, 429, 502, 503, 504]);
const TEMPORARY_ERRORS = new Set<ErrorCode>(['UNREACHABLE', 'TIMEOUT', 'BODY_TRUNCATED']);

const NO: RetryDecision = { retry: false };

/**
 * Decides whether an attempt is worth repeating and after how long: exponential back-off with full jitter, or
 * the server's `Retry-After` (seconds or a date, RFC 9110 §10.2.3) in full.
 *
 * @param attempt 0 for the first attempt
 * @param random uniform in [0, 1)
 */
export function decideRetry(
  attempt: number,
  outcome: AttemptOutcome,
  limits: RetryLimits,
  now: number,
  random: number,
): RetryDecision {
  if (attempt >= limits.retries) return NO;
  const backoff = random * Math.min(limits.capMs, limits.baseMs * 2 ** attempt);
  if ('error' in outcome) {
    return TEMPORARY_ERRORS.has(outcome.error) ? { retry: true, delayMs: backoff, holdHost: false } : NO;
  }
  if (!TEMPORARY_STATUSES.has(outcome.status)) return NO;
  const holdHost = outcome.status === 429 || outcome.status === 503;
  const asked = parseRetryAfter(outcome.retryAfter, now);
  if (asked === null) return { retry: true, delayMs: backoff, holdHost };
  if (asked > limits.longestRetryAfterMs) return NO;
  // A little jitter on top, so that held requests do not all come back in the same millisecond.
  return { retry: true, delayMs: asked + random * Math.min(250, limits.baseMs), holdHost };
}

/** Milliseconds that a `Retry-After` value asks for; null when there is none or it makes no sense. */
export function parseRetryAfter(value: string | null, now: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/[A-Za-z]/.test(text)) return null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
