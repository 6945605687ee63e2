import { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import { TransportError } from '../errors.ts';
import {
  type HttpRequest,
  type HttpResponse,
  hasWholeBody,
  REFUSAL_BODY_LIMIT,
  type Send,
} from './message.ts';
import { createProxyDispatchers } from './proxy-dispatcher.ts';
import type { ProxySettings } from './proxy-for.ts';
import { redactUrl } from './redact-url.ts';
import { type FlagNamer, transportFault } from './transport-fault.ts';

export interface UndiciSendOptions {
  /** CA bundle, client certificate and verification, as `tls.connect` takes them. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;
  readonly proxy?: ProxySettings;
  /** The most sockets to one origin. */
  readonly connections: number;
  /** Milliseconds for connecting, for the headers to come, and between two pieces of a body. */
  readonly timeoutMs: number;
  readonly flag: FlagNamer;
}

/** A whole body may take this many times the time limit: a server that drips bytes must not hold a run. */
const BODY_TIME_FACTOR = 4;
/** What is read and thrown away to keep a connection; a longer body closes it. */
const DISCARD_LIMIT = 128 * 1024;
/** Idle sockets are kept this long; undici's 4 s would close them in every settle pause. */
const KEEP_ALIVE_MS = 30_000;

/**
 * The one place that touches undici. Every `HEAD` says `reset: false`, without which undici closes the
 * connection after it (10 to 40 times slower, measured). Nothing is decompressed: `Accept-Encoding` is
 * `identity`, so a body is the bytes that its digest is over, and cannot explode.
 */
export function createUndiciSend(options: UndiciSendOptions): { send: Send; close(): Promise<void> } {
  const pools = new Map<string, Dispatcher>();
  const common = {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS * 10,
    connectTimeout: options.timeoutMs,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
  };
  const connect = { ...options.tls, timeout: options.timeoutMs };
  const proxies = createProxyDispatchers(options.proxy ?? {}, { ...common, connect });

  function dispatcherFor(url: URL): Dispatcher {
    const proxied = proxies.dispatcherFor(url);
    if (proxied !== null) return proxied;
    const { origin } = url;
    const known = pools.get(origin);
    if (known !== undefined) return known;
    // A Pool of its own per origin: measurably faster than an Agent's lookup.
    const pool = new Pool(origin, { ...common, connect });
    pools.set(origin, pool);
    return pool;
  }

  async function send(request: HttpRequest): Promise<HttpResponse> {
    // Words for a fault alone: they cost more than the request is worth when nothing is wrong.
    const attempted = () => `${request.purpose} (${request.method} ${redactUrl(request.url)})`;
    const attempt: Attempt = {
      attempted,
      bodyTimeLimit: options.timeoutMs * BODY_TIME_FACTOR,
      // Who aborts gives the reason; it is no fault of the connection and must not look like one.
      fault: (error) =>
        request.signal?.aborted ? request.signal.reason : transportFault(error, attempted(), options.flag),
    };
    try {
      const response = await dispatcherFor(request.url).request({
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body ?? null,
        reset: false,
        signal: request.signal ?? null,
      });
      return await responseOf(request, response, attempt);
    } catch (error) {
      throw attempt.fault(error);
    }
  }

  async function close(): Promise<void> {
    await Promise.all([...[...pools.values()].map((pool) => pool.destroy()), proxies.destroy()]);
  }
  return { send, close };
}

/** What reading a body needs to know of its request. */
interface Attempt {
  readonly attempted: () => string;
  /** Milliseconds. */
  readonly bodyTimeLimit: number;
  readonly fault: (error: unknown) => unknown;
}

async function responseOf(
  request: HttpRequest,
  response: Dispatcher.ResponseData,
  attempt: Attempt,
): Promise<HttpResponse> {
  const { body, statusCode: status, headers } = response;
  const whole = hasWholeBody(request, status) ? await wholeBody(request, status, body, attempt) : null;
  return {
    status,
    url: request.url,
    header: (name) => joined(headers[name.toLowerCase()]),
    bytes: async (limit) => {
      if (whole === null) return readBody(body, limit, attempt);
      if (whole.length > limit) throw tooLarge(attempt, limit);
      return whole;
    },
    stream: () => (whole === null ? body : Readable.from([whole])),
    discard: async () => {
      if (whole !== null) return;
      const signal = AbortSignal.timeout(attempt.bodyTimeLimit);
      await body.dump({ limit: DISCARD_LIMIT, signal }).catch(() => undefined);
    },
  };
}

async function wholeBody(
  request: HttpRequest,
  status: number,
  body: Dispatcher.ResponseData['body'],
  attempt: Attempt,
): Promise<Uint8Array> {
  if (request.method === 'HEAD') {
    await body.dump();
    return new Uint8Array();
  }
  if (status < 400) return readBody(body, request.bodyLimit ?? 0, attempt);
  try {
    return await readBody(body, REFUSAL_BODY_LIMIT, attempt);
  } catch (error) {
    // The status is the answer; the words of a refusal are a courtesy, and a login page can be of any length.
    if (error instanceof TransportError && error.code === 'BODY_TOO_LARGE') return new Uint8Array();
    throw error;
  }
}

function joined(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(', ') : value;
}

async function readBody(body: Readable, limit: number, attempt: Attempt): Promise<Uint8Array> {
  const { attempted } = attempt;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const slow = new TransportError('TIMEOUT', `could not ${attempted()}: the body came too slowly`, {
    hint: 'Raise --timeout, or look at the link to the site.',
  });
  const timer = setTimeout(() => body.destroy(slow), attempt.bodyTimeLimit);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > limit) throw tooLarge(attempt, limit);
      chunks.push(chunk);
    }
  } catch (error) {
    const fault = attempt.fault(error);
    // What broke after the headers is no question of the right URL any more.
    const broken = fault instanceof TransportError && /^(?:UNREACHABLE|PROTOCOL)$/.test(fault.code);
    if (!broken) throw fault;
    throw new TransportError(
      'BODY_TRUNCATED',
      `could not ${attempted()}: the body broke off after ${length} bytes`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge({ attempted }: Attempt, limit: number): TransportError {
  return new TransportError('BODY_TOO_LARGE', `could not ${attempted()}: the body is over ${limit} bytes`);
}
