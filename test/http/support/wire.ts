import { onTestFinished } from 'vitest';
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/message.ts';
import { createUndiciSend, type UndiciSendOptions } from '../../../src/http/undici-send.ts';

/** Undici alone, closed after the test. */
export function wire(options: Partial<UndiciSendOptions> = {}): Send {
  const { send, close } = createUndiciSend({
    connections: 4,
    timeoutMs: 10_000,
    flag: (ending) => `--primary-${ending}`,
    ...options,
  });
  onTestFinished(close);
  return send;
}

/** A GET, or what `more` makes of it. */
export function ask(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: new URL(url), headers: {}, purpose: 'read a thing', ...more };
}

/** The body as text. */
export async function textOf(response: HttpResponse): Promise<string> {
  return Buffer.from(await response.bytes(1024 * 1024)).toString('latin1');
}

/** The value a promise is rejected with. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; hint?: string }> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`was expected to be rejected with an error, but: ${String(outcome)}`);
}
