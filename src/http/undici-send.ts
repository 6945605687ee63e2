import type { ConnectionOptions } from 'node:tls';
import type { Dispatcher } from 'undici';
import { rememberLast } from '../core/remember-last.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';
import { createProxyRoute } from './proxy-dispatcher.ts';
import type { ProxySettings } from './proxy-for.ts';
import type { RequestUrl } from './request-url.ts';
import { exchangeStreamed } from './streamed-exchange.ts';
import type { FlagNamer } from './transport-fault.ts';
import { type BareDispatcher, buildConnector, Client } from './undici-parts.ts';
import { exchangeWhole } from './whole-exchange.ts';

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
/** Idle sockets are kept this long; undici's 4 s would close them in every settle pause. */
const KEEP_ALIVE_MS = 30_000;

/** What sends, and what is known of its sockets. */
export interface UndiciSend {
  readonly send: Send;
  /** Sockets opened so far, by proxies or directly; one that was closed and opened anew counts twice. */
  connectionsOpened(): number;
  close(): Promise<void>;
}

/**
 * The one place that opens undici clients. Every request says `reset: false`, without which undici closes the
 * connection after each `HEAD` (10 to 40 times slower, measured). Nothing is decompressed: `Accept-Encoding` is
 * `identity`, so a body is the bytes that its digest is over, and cannot explode.
 */
export function createUndiciSend(options: UndiciSendOptions): UndiciSend {
  const pools = new Map<string, ConnectionPool>();
  let opened = 0;
  const client = {
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS * 10,
    connectTimeout: options.timeoutMs,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
  };
  const tls = { ...options.tls, timeout: options.timeoutMs };
  // One for all connections, so that TLS sessions are resumed.
  const connect = buildConnector(tls);
  const routeByProxy = createProxyRoute(options.proxy ?? {}, { ...client, connect: tls });
  const remembered = rememberLast(wireHeadersOf);
  // A condition is another one each time, and must not be in the way of what is remembered.
  const wireHeaders = (headers: HttpRequest['headers']) =>
    headers['if-none-match'] === undefined ? remembered(headers) : wireHeadersOf(headers);
  const exchange = { bodyTimeLimit: options.timeoutMs * BODY_TIME_FACTOR, flag: options.flag };

  function poolOf(origin: string, url: RequestUrl): ConnectionPool {
    let pool = pools.get(origin);
    if (pool === undefined) {
      const byProxy = routeByProxy(new URL(url.href));
      pool = new ConnectionPool(
        () => (byProxy === null ? openDirectly(origin) : openByProxy(byProxy)),
        options.connections,
      );
      pools.set(origin, pool);
    }
    return pool;
  }

  function openDirectly(origin: string): BareDispatcher {
    return new Client(origin, { ...client, connect }).on('connect', () => opened++);
  }

  function openByProxy(open: () => BareDispatcher): BareDispatcher {
    opened++;
    return open();
  }

  function send(request: HttpRequest): Promise<HttpResponse> {
    // Who aborts gives the reason; it is no fault of the connection and must not look like one.
    if (request.signal?.aborted) return Promise.reject(request.signal.reason);
    // Asked once: a URL makes its origin anew each time.
    const { origin } = request.url;
    const wire = wireRequest(request, origin, wireHeaders(request.headers));
    const isWhole = request.method === 'HEAD' || request.bodyLimit !== undefined;
    return (isWhole ? exchangeWhole : exchangeStreamed)(poolOf(origin, request.url), request, wire, exchange);
  }

  async function close(): Promise<void> {
    await Promise.all([...pools.values()].map((pool) => pool.destroy()));
  }
  return { send, connectionsOpened: () => opened, close };
}

/** Headers as undici takes them with the least work: name, value, name, value, … */
function wireHeadersOf(headers: HttpRequest['headers']): string[] {
  const flat = headers['accept-encoding'] === undefined ? ['accept-encoding', 'identity'] : [];
  for (const name in headers) flat.push(name, headers[name] ?? '');
  return flat;
}

function wireRequest(
  { url, method, body }: HttpRequest,
  origin: string,
  headers: string[],
): Dispatcher.DispatchOptions & { reset: false } {
  return {
    origin,
    path: url.pathname + url.search,
    method,
    headers,
    body: body ?? null,
    reset: false,
  };
}
