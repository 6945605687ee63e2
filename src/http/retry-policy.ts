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

/**
 * Temporary by definition. 500 is not here: Distribution answers it for good on a broken tag link
 * (`docs/facts.md` §5).
 */
const TEMPORARY_STATUSES = new Set([408, 425, 429, 502, 503, 504]);

/** Whether an answer may be another one soon; false for nearly all, which are then done with. */
export function isTemporaryStatus(status: number): boolean {
  return TEMPORARY_STATUSES.has(status);
}

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

/** The three forms of RFC 9110 §5.6.7. `Date.parse` alone makes a date of `wait 5` as well. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;

/** Milliseconds that a `Retry-After` value asks for; null when there is none or it makes no sense. */
export function parseRetryAfter(value: string | null, now: number): number | null {
  const text = value?.trim() ?? '';
  // Any number of digits: a wait of a million years is one to give up on, not one to overlook.
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return null;
  // The asctime form names no zone; all three mean GMT.
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
