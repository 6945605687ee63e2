import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

/** What the registry behind the proxy answered. */
export interface RealAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request at the proxy. */
export interface ProxyRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A request that a fault happens to, and what the fault may do with it. */
export interface Exchange extends ProxyRequest {
  /** 1 for the first request of this method that the fault happens to, 2 for the next, … */
  readonly count: number;
  /** Where the proxy is reached, without a slash at the end. */
  readonly url: string;
  readonly socket: Socket;
  /** Asks the registry behind; can be asked for once. */
  real(): Promise<RealAnswer>;
  /** Answers in proper HTTP. Of a HEAD the body only gives its length. */
  answer(answer: {
    readonly status: number;
    readonly headers?: IncomingHttpHeaders;
    readonly body?: Uint8Array | string;
  }): void;
  /** Passes the request on, and the registry's answer back. */
  pass(): Promise<void>;
  /** Writes bytes as they are, whatever HTTP makes of them; resolves when the system has taken them. */
  raw(bytes: Uint8Array | string): Promise<void>;
}

/** What happens to a request in the place of an honest answer. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

export interface FaultProxyOptions {
  /** Which requests the fault happens to; the others are passed on. */
  readonly isFaulted: (request: ProxyRequest) => boolean;
  readonly fault: Fault;
  /** Serve https with this key and certificate. */
  readonly tls?: SecureContextOptions;
}

export interface FaultProxy {
  /** Stands in for the registry; without a slash at the end. */
  readonly url: string;
  /** Every request that came, faulted or not. */
  readonly requests: readonly ProxyRequest[];
  /** How many of them the fault happened to. */
  readonly faulted: number;
  /** Whatever the proxy itself did wrong: a bug of a test, not a fault under test. */
  readonly problems: readonly string[];
  /** Serves another certificate from now on, and cuts the connections made under the old one. */
  changeCertificate(tls: SecureContextOptions): void;
  /** Listens no longer and cuts every connection. */
  close(): Promise<void>;
}

/** A reverse proxy on a real socket before a real registry, which breaks the answers that a test points at. */
export async function startFaultProxy(target: string, options: FaultProxyOptions): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const requests: ProxyRequest[] = [];
  const problems: string[] = [];
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const state = { url: '', faulted: 0, isClosed: false };

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', headers, socket } = message;
    // To a forward proxy a request names its whole URL.
    const path = (message.url ?? '').replace(/^https?:\/\/[^/]*/, '');
    const request = { method, path, headers };
    requests.push(request);
    const isFaulted = options.isFaulted(request);
    const count = (counts.get(method) ?? 0) + 1;
    if (isFaulted) counts.set(method, count);
    const ask = () => askRegistry(target, request, agent);
    const exchange: Exchange = {
      ...request,
      count,
      url: state.url,
      socket,
      real: ask,
      answer: (answer) => write(response, method, answer),
      pass: async () => write(response, method, await ask()),
      raw: (bytes) =>
        new Promise((resolve) => {
          socket.write(bytes, () => resolve());
        }),
    };
    if (!isFaulted) return exchange.pass();
    state.faulted++;
    await options.fault(exchange);
  };
  const listener: RequestListener = (message, response) => {
    handle(message, response).catch((error: unknown) => {
      if (!state.isClosed && !message.socket.destroyed)
        problems.push(`${message.method} ${message.url}: ${error}`);
      response.destroy();
    });
  };
  const secure = options.tls === undefined ? null : createTlsServer(options.tls, listener);
  const server = secure ?? createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  secure?.on('secureConnection', (socket: Socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  state.url = `${secure === null ? 'http' : 'https'}://127.0.0.1:${port}`;

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: state.url,
    requests,
    get faulted() {
      return state.faulted;
    },
    problems,
    changeCertificate: (tls) => {
      secure?.setSecureContext(tls);
      cut();
    },
    close: () => {
      if (state.isClosed) return Promise.resolve();
      state.isClosed = true;
      agent.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      });
    },
  };
}

function askRegistry(target: string, request: ProxyRequest, agent: Agent): Promise<RealAnswer> {
  const { method, path, headers } = request;
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${target}${path}`, { method, headers, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

function write(
  response: ServerResponse,
  method: string,
  { status, headers = {}, body = '' }: Parameters<Exchange['answer']>[0],
): void {
  const left = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && name !== 'connection' && name !== 'transfer-encoding',
  );
  const kept = Object.fromEntries(left) as Record<string, string>;
  const length = method === 'HEAD' ? kept['content-length'] : String(Buffer.byteLength(body));
  response.writeHead(status, { ...kept, ...(length !== undefined && { 'content-length': length }) });
  if (method === 'HEAD') response.end();
  else response.end(body);
}
