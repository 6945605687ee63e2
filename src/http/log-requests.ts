import type { Clock } from '../core/clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Send, SendWrapper } from './message.ts';
import { redactUrl } from './redact-url.ts';

/** Logs each attempt at level debug: method, redacted URL, status, milliseconds. Never headers or bodies. */
export function logRequests(logger: Logger, clock: Clock): SendWrapper {
  return (next) => (logger.writesDebug ? logging(next, logger, clock) : next);
}

function logging(next: Send, logger: Logger, clock: Clock): Send {
  return async (request) => {
    const startedAt = clock.now();
    const line = { method: request.method, url: redactUrl(request.url) };
    try {
      const response = await next(request);
      logger.debug({ ...line, status: response.status, ms: clock.now() - startedAt }, request.purpose);
      return response;
    } catch (error) {
      logger.debug({ ...line, error: messageOf(error), ms: clock.now() - startedAt }, request.purpose);
      throw error;
    }
  };
}
