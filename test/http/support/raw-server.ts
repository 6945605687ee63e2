import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawServer {
  readonly url: string;
  readonly port: number;
  connections(): number;
}

/** A TCP server on 127.0.0.1 (or another address) that does with each connection what it is told; gone after the test. */
export async function startRawServer(
  serve: (socket: Socket, connection: number) => void,
  host = '127.0.0.1',
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket, ++connections);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    connections: () => connections,
  };
}

/** Answers every request with the same bytes. */
export function answering(bytes: string, then?: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.on('data', () => socket.write(bytes, () => then?.(socket)));
  };
}
