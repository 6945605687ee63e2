import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** What stands in for the server, without a slash at the end. */
  readonly url: string;
  /** Bytes that came from the server so far, over all connections. */
  readonly fromServer: number;
  /** Bytes that went to the server so far. */
  readonly toServer: number;
  /** Connections that were cut. */
  readonly cuts: number;
  close(): Promise<void>;
}

export interface CuttingProxyOptions {
  /** Cuts the connection that carries the byte after so many from the server; again at each next number. */
  readonly cutFromServer?: readonly number[];
  /** The same for bytes to the server. */
  readonly cutToServer?: readonly number[];
}

/** A TCP proxy before a server on 127.0.0.1 that tears connections down in the middle. Bytes flow with back-pressure. */
export async function startCuttingProxy(
  target: string,
  { cutFromServer = [], cutToServer = [] }: CuttingProxyOptions,
): Promise<CuttingProxy> {
  const port = Number(new URL(target).port);
  const counters = { fromServer: 0, toServer: 0, cuts: 0 };
  const waiting = { fromServer: [...cutFromServer], toServer: [...cutToServer] };
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const tearDown = () => {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    pass(upstream, client, 'fromServer', tearDown);
    pass(client, upstream, 'toServer', tearDown);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', tearDown);
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? upstream : client).destroy();
      });
    }
  });

  function pass(from: Socket, to: Socket, direction: 'fromServer' | 'toServer', tearDown: () => void): void {
    from.on('data', (chunk) => {
      counters[direction] += chunk.length;
      const next = waiting[direction][0];
      if (next !== undefined && counters[direction] > next) {
        waiting[direction].shift();
        counters.cuts++;
        tearDown();
        return;
      }
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => to.end());
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get fromServer() {
      return counters.fromServer;
    },
    get toServer() {
      return counters.toServer;
    },
    get cuts() {
      return counters.cuts;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
