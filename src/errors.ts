/**
 * The errors this tool throws. A failure to read one tag or repository is data, not one of these
 * (see `audit/`); these end an operation. Each has a stable `code` that tests and scripts can rely on.
 */
export type ErrorCode =
  | 'USAGE'
  | 'AUTH_REFUSED'
  | 'GUARD'
  | 'INTERRUPTED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'TLS'
  | 'REDIRECT_REFUSED'
  | 'BODY_TOO_LARGE'
  | 'BODY_TRUNCATED'
  | 'PROTOCOL'
  | 'OUTPUT';

/** The base of the family: what was attempted and what came back in `message`, what to do next in `hint`. */
export class AuditError extends Error {
  override readonly name: string = 'AuditError';
  readonly code: ErrorCode;
  /** The next step for the user, one sentence; absent when there is nothing better than the message. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The user asked for something that cannot be: a bad flag, file, path or combination. Exit code 3. */
export class UsageError extends AuditError {
  override readonly name = 'UsageError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('USAGE', message, options);
  }
}

/** A site refuses the credentials as a whole, or none could be had. Exit code 4. */
export class AuthError extends AuditError {
  override readonly name = 'AuthError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('AUTH_REFUSED', message, options);
  }
}

/** A guard refused to go on before the first write. Exit code 5. */
export class GuardError extends AuditError {
  override readonly name = 'GuardError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('GUARD', message, options);
  }
}

/** A request got no usable answer: refused, reset, timed out, TLS, redirect or body limits. */
export class TransportError extends AuditError {
  override readonly name = 'TransportError';
}

/** The text of any thrown value, for messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
