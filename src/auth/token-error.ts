import { AuthError } from '../errors.ts';

/** What a token service said when it gave no token, in a form that fits the report. No secrets. */
export type TokenRefusal = {
  /** HTTP status of the token service's answer; null when there was none to have. */
  readonly status: number | null;
  /** Its error code: the registry's (`UNAUTHORIZED`, `DENIED`) or OAuth's (`invalid_grant`); null without one. */
  readonly challengeError: string | null;
  /** Host (and port) of the token service. */
  readonly realm: string;
};

/** No token could be had: the token service refused, answered nonsense, or must not be asked. */
export class TokenError extends AuthError {
  readonly detail: TokenRefusal;

  constructor(message: string, detail: TokenRefusal, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options);
    this.detail = detail;
  }
}

const LONGEST_TEXT = 300;

/** The error code and text in a token service's answer. */
export type ServiceError = { readonly code: string | null; readonly message: string | null };

/**
 * Reads the error out of a token service's body: the registry's `{"errors": [{code, message}]}`, OAuth's
 * `{"error", "error_description"}` or `{"message"|"details"}`. Anything else (HTML) gives nulls.
 * @param secrets removed from the text should the service echo them
 */
export function readServiceError(body: Uint8Array, secrets: readonly string[]): ServiceError {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return { code: null, message: null };
  }
  const top = fieldsOf(parsed);
  const first = Array.isArray(top.errors) ? fieldsOf(top.errors[0]) : {};
  const clean = (value: unknown) =>
    typeof value === 'string' && value !== '' ? redact(value, secrets) : null;
  return {
    code: clean(first.code) ?? clean(top.error),
    message: clean(first.message) ?? clean(top.error_description) ?? clean(top.message) ?? clean(top.details),
  };
}

/**
 * A text from outside made fit for a message: one line, at most 300 characters, without the given secrets and
 * without anything that looks like a token, an `Authorization` value, URL user info or a URL query.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.slice(0, 10 * LONGEST_TEXT);
  // A secret of under four letters is in every other word; cutting it out would only show where it was.
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]');
  clean = clean
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\b(basic|bearer) +[A-Za-z0-9\-._~+/]{8,}=*/gi, '$1 [redacted]')
    .replace(/[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, '[redacted]')
    .replace(/(https?:\/\/)[^\s/@]+@/gi, '$1')
    .replace(/(https?:\/\/[^\s?]+)\?\S+/gi, '$1?[redacted]')
    .trim();
  return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}…` : clean;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
