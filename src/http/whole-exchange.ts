import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { bodyFaultOf, faultOf, tooLarge, tooSlow } from './body-faults.ts';
import type { Connection, ConnectionPool, ConnectionUser } from './connection-pool.ts';
import { type HttpRequest, type HttpResponse, REFUSAL_BODY_LIMIT } from './message.ts';
import { onAbort } from './on-abort.ts';
import { type RawHeaders, rawHeader } from './raw-headers.ts';
import type { RequestUrl } from './request-url.ts';
import type { FlagNamer } from './transport-fault.ts';

/** How a request goes on the wire, as undici wants it. */
export type WireRequest = Dispatcher.DispatchOptions;

export interface ExchangeOptions {
  /** Milliseconds from the headers to the end of the body. */
  readonly bodyTimeLimit: number;
  readonly flag: FlagNamer;
}

/** How undici and the system say that the other side has closed the connection. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

const stale = new WeakSet<object>();

/**
 * Whether a request failed because a kept connection was closed by its server while the request was on its way. That
 * says nothing of the request or of the site: a safe one may go again at once (RFC 9112, section 9.3.1).
 */
export function isStaleConnection(fault: unknown): boolean {
  return typeof fault === 'object' && fault !== null && stale.has(fault);
}

const NO_BYTES = new Uint8Array();

/**
 * Sends a request whose body comes whole with its response: every `HEAD`, and what has a `bodyLimit`.
 *
 * By undici's `dispatch` with its older, raw handler: a third cheaper than `request`, which makes a stream, an
 * object of all headers and an async resource for an answer that is two headers.
 *
 * @throws (rejects) TransportError, or the reason of the request's signal
 */
export function exchangeWhole(
  pool: ConnectionPool,
  request: HttpRequest,
  wire: WireRequest,
  options: ExchangeOptions,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    pool.use(new WholeExchange(pool, request, wire, options, resolve, reject));
  });
}

class WholeExchange implements ConnectionUser {
  readonly #pool: ConnectionPool;
  readonly #request: HttpRequest;
  readonly #wire: WireRequest;
  readonly #options: ExchangeOptions;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #unlisten: (() => void) | null;
  #isSettled = false;
  #connection: Connection | null = null;
  #abort: ((error?: Error) => void) | null = null;
  #status = 0;
  #headers: RawHeaders = [];
  #limit = 0;
  #length = 0;
  #chunks: Uint8Array[] | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    pool: ConnectionPool,
    request: HttpRequest,
    wire: WireRequest,
    options: ExchangeOptions,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.#pool = pool;
    this.#request = request;
    this.#wire = wire;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#unlisten = request.signal ? onAbort(request.signal, () => this.#giveUp()) : null;
  }

  start(connection: Connection): void {
    if (this.#isSettled) {
      this.#pool.give(connection);
      return;
    }
    this.#connection = connection;
    try {
      connection.dispatcher.dispatch(this.#wire, this);
    } catch (error) {
      this.onError(error);
    }
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#isSettled) abort();
  }

  onHeaders(status: number, headers: readonly Uint8Array[]): boolean {
    if (status < 200) return true;
    this.#status = status;
    this.#headers = headers;
    if (this.#request.method !== 'HEAD') {
      this.#limit = status >= 400 ? REFUSAL_BODY_LIMIT : (this.#request.bodyLimit ?? 0);
      this.#chunks = [];
      this.#timer = setTimeout(() => this.#breakOff(tooSlow(this.#request)), this.#options.bodyTimeLimit);
    }
    return true;
  }

  onData(chunk: Uint8Array): boolean {
    this.#length += chunk.length;
    if (this.#length <= this.#limit) this.#chunks?.push(chunk);
    // The status of a refusal is the answer; its words are a courtesy, and a login page can be of any length.
    else if (this.#status >= 400) this.#breakOff(null);
    else this.#breakOff(tooLarge(this.#request, this.#limit));
    return true;
  }

  onComplete(): void {
    if (this.#isSettled) return;
    this.#end();
    // Before the answer is told, so that who hears it can send the next request on this connection.
    if (this.#connection !== null) this.#pool.give(this.#connection);
    this.#answer(this.#chunks === null ? NO_BYTES : Buffer.concat(this.#chunks, this.#length));
  }

  onError(error: unknown): void {
    const isStale = this.#connection !== null && this.#isStale(this.#connection, error);
    if (isStale) this.#pool.dropIdle();
    if (this.#connection !== null) this.#pool.drop(this.#connection);
    if (this.#isSettled) return;
    this.#end();
    const { flag } = this.#options;
    const hasHeaders = this.#status > 0;
    const fault = hasHeaders
      ? bodyFaultOf(this.#request, error, this.#length, flag)
      : faultOf(this.#request, error, flag);
    if (isStale && typeof fault === 'object' && fault !== null) stale.add(fault);
    this.#reject(fault);
  }

  /** Whether the server closed a kept connection as the request left. */
  #isStale(connection: Connection, error: unknown): boolean {
    if (this.#isSettled || this.#status > 0 || !connection.hasServed) return false;
    const { code } = { code: undefined, ...(error as { code?: unknown }) };
    return typeof code === 'string' && CLOSED.has(code);
  }

  /** Ends a body in its middle: with an error, or with null as an answer without it. */
  #breakOff(error: Error | null): void {
    if (this.#isSettled) return;
    this.#end();
    if (error === null) this.#answer(NO_BYTES);
    else this.#reject(error);
    this.#abort?.();
  }

  #giveUp(): void {
    if (this.#isSettled) return;
    this.#end();
    this.#reject(this.#request.signal?.reason);
    // Not on its way yet: `onConnect` gives it up, or `start` passes the connection on.
    this.#abort?.();
  }

  #end(): void {
    this.#isSettled = true;
    this.#unlisten?.();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #answer(bytes: Uint8Array): void {
    this.#resolve(new WholeResponse(this.#request, this.#status, this.#headers, bytes));
  }
}

class WholeResponse implements HttpResponse {
  readonly status: number;
  readonly #request: HttpRequest;
  readonly #headers: RawHeaders;
  readonly #bytes: Uint8Array;

  constructor(request: HttpRequest, status: number, headers: RawHeaders, bytes: Uint8Array) {
    this.#request = request;
    this.status = status;
    this.#headers = headers;
    this.#bytes = bytes;
  }

  get url(): RequestUrl {
    return this.#request.url;
  }

  header(name: Lowercase<string>): string | null {
    return rawHeader(this.#headers, name);
  }

  async bytes(limit: number): Promise<Uint8Array> {
    if (this.#bytes.length > limit) throw tooLarge(this.#request, limit);
    return this.#bytes;
  }

  stream(): Readable {
    return Readable.from([this.#bytes]);
  }

  async discard(): Promise<void> {
    // The body is here: nothing holds the connection.
  }
}
