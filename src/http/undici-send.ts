import type { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { TransportError } from '../errors.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';
import { redactUrl } from './redact-url.ts';
import { type FlagNamer, transportFault } from './transport-fault.ts';

/** Proxy settings as the environment has them; empty strings and undefined mean none. */
export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

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
  const proxied =
    options.proxy?.httpProxy || options.proxy?.httpsProxy
      ? new EnvHttpProxyAgent({
          ...common,
          connect,
          requestTls: connect,
          proxyTls: connect,
          // undici falls back to the process environment for undefined, and this room reads no environment.
          httpProxy: options.proxy.httpProxy ?? '',
          httpsProxy: options.proxy.httpsProxy ?? '',
          noProxy: options.proxy.noProxy ?? '',
        })
      : null;

  function dispatcherFor(origin: string): Dispatcher {
    if (proxied !== null) return proxied;
    const known = pools.get(origin);
    if (known !== undefined) return known;
    // A Pool of its own per origin: measurably faster than an Agent's lookup.
    const pool = new Pool(origin, { ...common, connect });
    pools.set(origin, pool);
    return pool;
  }

  async function send(request: HttpRequest): Promise<HttpResponse> {
    const attempted = `${request.purpose} (${request.method} ${redactUrl(request.url)})`;
    const fault = (error: unknown) => transportFault(error, attempted, options.flag);
    try {
      const response = await dispatcherFor(request.url.origin).request({
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body ?? null,
        reset: false,
        signal: request.signal ?? null,
      });
      const { body } = response;
      if (request.method === 'HEAD') await body.dump();
      const timeLimit = options.timeoutMs * BODY_TIME_FACTOR;
      const read = (limit: number) => readBody(body, limit, attempted, timeLimit, options.flag);
      let whole: Promise<Uint8Array> | undefined;
      if (request.method === 'HEAD') whole = Promise.resolve(new Uint8Array());
      else if (request.bodyLimit !== undefined) whole = Promise.resolve(await read(request.bodyLimit));
      return {
        status: response.statusCode,
        url: request.url,
        header: (name) => joined(response.headers[name.toLowerCase()]),
        bytes: async (limit) => {
          whole ??= read(limit).catch((error: unknown) => Promise.reject(fault(error)));
          return whole;
        },
        stream: () => body,
        discard: async () => {
          if (whole === undefined) await body.dump({ limit: 128 * 1024 }).catch(() => undefined);
        },
      };
    } catch (error) {
      throw fault(error);
    }
  }

  async function close(): Promise<void> {
    await Promise.all(
      [...pools.values(), ...(proxied === null ? [] : [proxied])].map((pool) => pool.destroy()),
    );
  }
  return { send, close };
}

function joined(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(', ') : value;
}

async function readBody(
  body: Readable,
  limit: number,
  attempted: string,
  timeLimit: number,
  flag: FlagNamer,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const slow = new TransportError('TIMEOUT', `could not ${attempted}: the body came too slowly`, {
    hint: 'Raise --timeout, or look at the link to the site.',
  });
  const timer = setTimeout(() => body.destroy(slow), timeLimit);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > limit) {
        throw new TransportError('BODY_TOO_LARGE', `could not ${attempted}: the body is over ${limit} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    const fault = transportFault(error, attempted, flag);
    if (!(fault instanceof TransportError) || fault.code !== 'UNREACHABLE') throw fault;
    throw new TransportError(
      'BODY_TRUNCATED',
      `could not ${attempted}: the body broke off after ${length} bytes`,
      {
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks, length);
}
