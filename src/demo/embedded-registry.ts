import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { AccessControl } from './access.ts';
import type { Exchange, Reply } from './exchange.ts';
import { emptyReply, textReply } from './exchange.ts';
import type { Fault, ListenOptions, RegistryOptions } from './registry-options.ts';
import { defaultOptions } from './registry-options.ts';
import { routeOf, run, storageRouteOf } from './routes.ts';
import { RegistryStorage } from './storage.ts';
import { UploadStore } from './uploads.ts';

/** What came in and what was answered. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly accept: string | null;
  /** Whether an `Authorization` header came with it. */
  readonly authorized: boolean;
  readonly headers: IncomingHttpHeaders;
  /** null until answered, and for good when the fault was `reset` or `hang`. */
  status: number | null;
}

/** A registry in this process, on a real socket. */
export interface EmbeddedRegistry {
  /** Scheme, host, port and prefix, without a slash at the end. */
  readonly url: string;
  readonly storage: RegistryStorage;
  /** The switches; change them at any time. */
  readonly options: RegistryOptions;
  /** Every request since the start, in the order of arrival. Empty it with `requests.length = 0`. */
  readonly requests: RecordedRequest[];
  /** TCP connections accepted since the start. */
  readonly connectionsOpened: number;
  /** Stops listening and cuts every connection, hung ones too. */
  close(): Promise<void>;
}

/**
 * Starts a registry that behaves as GitLab's, or as CNCF Distribution 2.8.2, in all `docs/facts.md` §2 to §7 tells. It
 * listens on 127.0.0.1, on a free port unless told.
 */
export async function startEmbeddedRegistry(
  given: Partial<RegistryOptions> & ListenOptions & { storage?: RegistryStorage } = {},
): Promise<EmbeddedRegistry> {
  const { port = 0, tls, storage, ...switches } = given;
  const options: RegistryOptions = { ...defaultOptions(), ...switches };
  const registry = new Registry(options, storage ?? new RegistryStorage(options.now));
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void registry.handle(request, response);
  const server: Server = tls ? createTlsServer(tls, handle) : createServer(handle);
  server.keepAliveTimeout = 60_000;
  let connectionsOpened = 0;
  server.on('connection', () => {
    connectionsOpened += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  registry.origin = origin;

  return {
    get url() {
      return `${origin}${options.prefix}`;
    },
    storage: registry.storage,
    options,
    requests: registry.requests,
    get connectionsOpened() {
      return connectionsOpened;
    },
    close: () =>
      new Promise((resolve) => {
        registry.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Registry {
  readonly storage: RegistryStorage;
  readonly requests: RecordedRequest[] = [];
  origin = '';
  readonly #options: RegistryOptions;
  readonly #uploads = new UploadStore();
  readonly #access = new AccessControl();
  readonly #counts = new Map<string, number>();
  readonly #stopped = new AbortController();

  constructor(options: RegistryOptions, storage: RegistryStorage) {
    this.#options = options;
    this.storage = storage;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded = this.#record(request);
    try {
      const body = await bodyOf(request);
      if (this.#options.latency > 0)
        await sleep(this.#options.latency, undefined, { signal: this.#stopped.signal });
      const fault = await this.#fault(recorded);
      if (fault === 'hang') return;
      if (fault === 'reset') return reset(request.socket);
      const reply = typeof fault === 'object' ? replyOf(fault) : this.#reply(recorded, body);
      recorded.status = reply.status;
      this.#send(response, request.method ?? '', reply, fault === 'truncate');
    } catch (error) {
      const isGone = this.#stopped.signal.aborted || request.socket.destroyed || response.headersSent;
      if (isGone) return void request.socket.destroy();
      // A bug here or in a fault hook must not look like a fault of the network.
      recorded.status = 599;
      this.#send(
        response,
        request.method ?? '',
        textReply(599, `embedded registry: ${messageOf(error)}`),
        false,
      );
    }
  }

  #record(request: IncomingMessage): RecordedRequest {
    const { headers, method = '', url: path = '' } = request;
    const authorized = headers.authorization !== undefined;
    const recorded: RecordedRequest = {
      method,
      path,
      accept: headers.accept ?? null,
      authorized,
      headers,
      status: null,
    };
    this.requests.push(recorded);
    return recorded;
  }

  async #fault({ method, path, headers }: RecordedRequest): Promise<Fault> {
    const key = `${method} ${path}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return this.#options.fault?.({ method, path, headers, count });
  }

  #reply({ method, path, headers }: RecordedRequest, body: Buffer): Reply {
    const options = this.#options;
    const url = new URL(`${this.origin}${path}`);
    const exchange = (pathname: string): Exchange => ({
      method,
      pathname,
      query: url.searchParams,
      headers,
      body,
      options,
      storage: this.storage,
      uploads: this.#uploads,
      origin: this.origin,
    });
    // The token service is GitLab's, not the registry's: it is not under the registry's prefix.
    if (url.pathname === '/jwt/auth' && options.auth === 'token')
      return this.#access.serveToken(exchange(url.pathname));
    if (!url.pathname.startsWith(`${options.prefix}/`)) return notFound();
    const asked = exchange(url.pathname.slice(options.prefix.length));
    const found = storageRouteOf(asked) ?? routeOf(asked);
    if (!found) return apiReply(notFound());
    if ('status' in found) return apiReply(found);
    return apiReply(this.#access.check(asked, found) ?? run(asked, found));
  }

  #send(response: ServerResponse, method: string, reply: Reply, isTruncated: boolean): void {
    const length =
      reply.status === 204 || reply.status === 304 ? {} : { 'Content-Length': reply.body.length };
    response.sendDate = false;
    response.writeHead(reply.status, {
      ...reply.headers,
      Date: new Date(this.#options.now()).toUTCString(),
      ...(reply.headers['Content-Length'] === undefined && length),
    });
    if (method === 'HEAD') response.end();
    else if (isTruncated) {
      const half = reply.body.subarray(0, Math.floor(reply.body.length / 2));
      response.write(half, () => response.socket?.destroy());
    } else response.end(reply.body);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A TCP reset where the socket can give one; a TLS socket is only cut. */
function reset(socket: Socket): void {
  if (typeof socket.resetAndDestroy === 'function' && !('encrypted' in socket)) socket.resetAndDestroy();
  else socket.destroy();
}

function replyOf(fault: Exclude<Fault, string | undefined>): Reply {
  const body = typeof fault.body === 'string' ? Buffer.from(fault.body) : fault.body;
  return { ...emptyReply(fault.status, fault.headers), ...(body && { body }) };
}

function notFound(): Reply {
  return textReply(404, '404 page not found');
}

function apiReply(reply: Reply): Reply {
  return { ...reply, headers: { 'Docker-Distribution-Api-Version': 'registry/2.0', ...reply.headers } };
}
