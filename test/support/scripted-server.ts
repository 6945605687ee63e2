import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, exactly as sent. */
  readonly path: string;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What to answer. */
export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes or text as they are, an array chunk by chunk, any other object as JSON. */
  readonly body?:
    | string
    | Uint8Array
    | readonly (string | Uint8Array)[]
    | { readonly [key: string]: unknown };
  /**
   * `reset`: the connection is reset before any answer. `hang`: no answer ever. `truncate`: the head and
   * half of the body, then the connection is cut. `stall`: the head and half of the body, then silence.
   */
  readonly fault?: 'reset' | 'hang' | 'truncate' | 'stall';
}

/** One line of the script. */
export interface Expectation {
  readonly method: string;
  /** Path and query: exact text, a pattern, or a predicate. */
  readonly path: string | RegExp | ((path: string) => boolean);
  /** What the headers must be; null for a header that must not be there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  readonly reply: Reply | ((request: SeenRequest) => Reply | Promise<Reply>);
  /** How often it must be asked for; `any` is zero or more. Default 1. */
  readonly times?: number | 'any';
}

export interface ScriptedServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** TCP connections accepted so far. */
  connections(): number;
  /** Adds lines to the script. Of several that match, the first one that is not used up answers. */
  expect(...lines: readonly Expectation[]): void;
  /** @throws Error that lists every unknown request and every line that was not asked for often enough */
  assertDone(): void;
  /** Resolves when the server has seen that many requests in all. */
  seen(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Line extends Expectation {
  used: number;
}

/** Starts a strict server on a free port of 127.0.0.1: a request outside the script gets 500 and fails `assertDone`. */
export async function startScriptedServer(
  lines: readonly Expectation[] = [],
  tls?: { readonly key: string; readonly cert: string; readonly ca?: string; readonly requestCert?: boolean },
): Promise<ScriptedServer> {
  const script: Line[] = lines.map((line) => ({ ...line, used: 0 }));
  const requests: SeenRequest[] = [];
  const unknown: string[] = [];
  const sockets = new Set<Socket>();
  const waiting: { count: number; resolve: () => void }[] = [];
  let connections = 0;

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(message);
    requests.push(request);
    for (const waiter of waiting) if (requests.length >= waiter.count) waiter.resolve();
    const line = script.find((candidate) => isOpen(candidate) && mismatchOf(candidate, request) === null);
    if (line === undefined) {
      unknown.push(`${request.method} ${request.path}${explain(script, request)}`);
      response.writeHead(500, { 'content-type': 'text/plain' }).end('not in the script');
      return;
    }
    line.used++;
    write(response, typeof line.reply === 'function' ? await line.reply(request) : line.reply);
  };
  const listener: RequestListener = (message, response) => {
    answer(message, response).catch((error: unknown) => {
      unknown.push(`${message.method} ${message.url}: the script threw ${String(error)}`);
      response.destroy();
    });
  };

  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    expect: (...more) => {
      script.push(...more.map((line) => ({ ...line, used: 0 })));
    },
    assertDone: () => {
      const problems = unknown.map((text) => `unknown request ${text}`);
      for (const line of script) {
        const times = line.times ?? 1;
        if (times !== 'any' && line.used < times) {
          problems.push(`asked for ${line.used} of ${times} times: ${line.method} ${String(line.path)}`);
        }
      }
      if (problems.length > 0) throw new Error(problems.join('\n'));
    },
    seen: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function readRequest(message: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(message.headersDistinct))
    headers[name] = (values ?? []).join(', ');
  return { method: message.method ?? '', path: message.url ?? '', headers, body: Buffer.concat(chunks) };
}

function isOpen(line: Line): boolean {
  const times = line.times ?? 1;
  return times === 'any' || line.used < times;
}

/** Why a line is not for a request; null when it is. */
function mismatchOf(line: Expectation, request: SeenRequest): string | null {
  if (line.method !== request.method || !pathFits(line.path, request.path)) return 'another method or path';
  for (const [name, wanted] of Object.entries(line.headers ?? {})) {
    const value = request.headers[name.toLowerCase()];
    const fits =
      wanted === null
        ? value === undefined
        : value !== undefined && (wanted instanceof RegExp ? wanted.test(value) : wanted === value);
    if (!fits) return `header ${name} is ${JSON.stringify(value ?? null)}, expected ${String(wanted)}`;
  }
  return null;
}

function pathFits(wanted: Expectation['path'], path: string): boolean {
  if (typeof wanted === 'string') return wanted === path;
  return wanted instanceof RegExp ? wanted.test(path) : wanted(path);
}

function explain(script: readonly Line[], request: SeenRequest): string {
  const near = script.find((line) => line.method === request.method && pathFits(line.path, request.path));
  if (near === undefined) return '';
  return isOpen(near) ? ` (${mismatchOf(near, request)})` : ' (asked for more often than expected)';
}

function write(response: ServerResponse, reply: Reply): void {
  const { fault, status = 200 } = reply;
  if (fault === 'hang') return;
  const socket = response.socket;
  if (fault === 'reset') {
    socket?.resetAndDestroy();
    return;
  }
  const { chunks, json } = chunksOf(reply.body);
  const head: Record<string, string | string[]> = json ? { 'content-type': 'application/json' } : {};
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    head[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
  }
  const whole = Buffer.concat(chunks);
  if (fault === 'truncate' || fault === 'stall') {
    response.writeHead(status, { 'content-length': String(whole.length), ...head });
    response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => {
      if (fault === 'truncate') socket?.destroy();
    });
    return;
  }
  response.writeHead(status, head);
  if (chunks.length <= 1) {
    response.end(whole);
    return;
  }
  for (const chunk of chunks) response.write(chunk);
  response.end();
}

function chunksOf(body: Reply['body']): { readonly chunks: Buffer[]; readonly json: boolean } {
  if (body === undefined) return { chunks: [], json: false };
  if (typeof body === 'string' || body instanceof Uint8Array)
    return { chunks: [Buffer.from(body)], json: false };
  if (isChunkList(body)) return { chunks: body.map((chunk) => Buffer.from(chunk)), json: false };
  return { chunks: [Buffer.from(JSON.stringify(body))], json: true };
}

function isChunkList(body: object): body is readonly (string | Uint8Array)[] {
  return Array.isArray(body);
}
