import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request that came to the proxy. */
export interface ProxiedRequest {
  /** `CONNECT`, or the method of a request with the whole URL. */
  readonly method: string;
  /** `host:port` for a tunnel, else the URL. */
  readonly target: string;
  readonly authorization: string | null;
}

export interface ForwardProxy {
  readonly url: string;
  readonly seen: readonly ProxiedRequest[];
  connections(): number;
}

/**
 * A forward proxy: tunnels for CONNECT, whole URLs for the rest. Gone after the test.
 * `hosts` gives the real `host:port` behind a name that nobody resolves; `status` refuses everything with it.
 */
export async function startProxy(
  options: { hosts?: Readonly<Record<string, string>>; status?: number; silent?: boolean } = {},
): Promise<ForwardProxy> {
  const seen: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const realOf = (target: string) => options.hosts?.[target] ?? target;
  const record = (method: string, target: string, headers: NodeJS.Dict<string | string[]>) => {
    const authorization = headers['proxy-authorization'];
    seen.push({ method, target, authorization: typeof authorization === 'string' ? authorization : null });
  };
  const server = createServer((message, response) => {
    record(message.method ?? '', message.url ?? '', message.headers);
    if (options.silent) return;
    if (options.status !== undefined) {
      response.writeHead(options.status).end('no');
      return;
    }
    const url = new URL(message.url ?? '');
    const forwarded = httpRequest(
      `http://${realOf(url.host)}${url.pathname}${url.search}`,
      { method: message.method, headers: message.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('error', () => response.destroy());
    message.pipe(forwarded);
  });
  server.on('connect', (message, client: Socket) => {
    record('CONNECT', message.url ?? '', message.headers);
    if (options.silent) return;
    if (options.status !== undefined) {
      client.end(`HTTP/1.1 ${options.status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = realOf(message.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, connections: () => connections };
}
