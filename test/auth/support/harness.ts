import { type AuthenticationOptions, createAuthentication } from '../../../src/auth/authenticate.ts';
import type { Credential } from '../../../src/auth/credential.ts';
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/message.ts';
import { followRedirects } from '../../../src/http/redirects.ts';
import { createUndiciSend } from '../../../src/http/undici-send.ts';

/** A real transport with redirects and nothing else, to be closed after the test. */
export function realSend(ca?: string): { send: Send; close(): Promise<void> } {
  const wire = createUndiciSend({
    connections: 64,
    timeoutMs: 10_000,
    flag: (ending) => `--primary-${ending}`,
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  return { send: followRedirects(wire.send), close: wire.close };
}

/** A clock that stands still until it is moved. */
export function fakeClock(start = 1_763_000_000_000) {
  let time = start;
  return {
    now: () => time,
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

/** An authenticated `Send` for a registry. */
export function authenticated(
  registry: string,
  credential: Credential,
  send: Send,
  more: Partial<AuthenticationOptions> = {},
): Send {
  return createAuthentication({
    registry: new URL(registry),
    credential,
    clock: fakeClock(),
    sendToken: send,
    ...more,
  })(send);
}

/** A GET for a path of a registry. */
export function get(base: string, path: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: new URL(base + path), headers: {}, purpose: `read ${path}`, ...more };
}

/** The status of a response whose body is let go. */
export async function statusOf(response: Promise<HttpResponse>): Promise<number> {
  const { status, discard } = await response;
  await discard();
  return status;
}

/** The value `promise` is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('was expected to be rejected');
    },
    (error: unknown) => error,
  );
}
