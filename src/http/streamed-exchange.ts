import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { TransportError } from '../errors.ts';
import { bodyFaultOf, faultOf, tooLarge, tooSlow } from './body-faults.ts';
import type { Connection, ConnectionPool } from './connection-pool.ts';
import { type HttpRequest, type HttpResponse, REFUSAL_BODY_LIMIT } from './message.ts';
import { wholeDispatcher } from './undici-parts.ts';
import type { ExchangeOptions, WireRequest } from './whole-exchange.ts';

/** What is read and thrown away to keep a connection; a longer body closes it. */
const DISCARD_LIMIT = 128 * 1024;

/**
 * Sends a request whose answer's body may be long and stays a stream: blobs, and writes. The body of a refusal is
 * read beforehand. The connection is given back when the body is at its end or let go of.
 *
 * @throws (rejects) TransportError, or the reason of the request's signal
 */
export async function exchangeStreamed(
  pool: ConnectionPool,
  request: HttpRequest,
  wire: WireRequest,
  options: ExchangeOptions,
): Promise<HttpResponse> {
  const connection = await new Promise<Connection>((start) => pool.use({ start }));
  let response: Dispatcher.ResponseData;
  try {
    response = await wholeDispatcher(connection.dispatcher).request({
      ...wire,
      signal: request.signal ?? null,
    });
  } catch (error) {
    pool.drop(connection);
    throw faultOf(request, error, options.flag);
  }
  const { body, statusCode: status, headers } = response;
  if (body.closed) pool.give(connection);
  else body.once('close', () => pool.give(connection));
  const whole = status >= 400 ? await refusalBody(request, body, options) : null;
  return {
    status,
    url: request.url,
    header: (name) => joined(headers[name]),
    bytes: async (limit) => {
      if (whole === null) return readBody(request, body, limit, options);
      if (whole.length > limit) throw tooLarge(request, limit);
      return whole;
    },
    stream: () => (whole === null ? body : Readable.from([whole])),
    discard: async () => {
      if (whole !== null) return;
      const signal = AbortSignal.timeout(options.bodyTimeLimit);
      await body.dump({ limit: DISCARD_LIMIT, signal }).catch(() => undefined);
    },
  };
}

async function refusalBody(
  request: HttpRequest,
  body: Dispatcher.ResponseData['body'],
  options: ExchangeOptions,
): Promise<Uint8Array> {
  try {
    return await readBody(request, body, REFUSAL_BODY_LIMIT, options);
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

async function readBody(
  request: HttpRequest,
  body: Readable,
  limit: number,
  options: ExchangeOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const timer = setTimeout(() => body.destroy(tooSlow(request)), options.bodyTimeLimit);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > limit) throw tooLarge(request, limit);
      chunks.push(chunk);
    }
  } catch (error) {
    throw bodyFaultOf(request, error, length, options.flag);
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks, length);
}
