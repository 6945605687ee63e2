import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';

/** A TCP proxy before a registry that cuts connections in the middle. */
export interface CuttingProxy {
  readonly url: string;
  /** How often it has cut. */
  cuts(): number;
  close(): Promise<void>;
}

/**
 * @param direction whose bytes are counted: `down` what the registry sends, `up` what it is sent
 * @param afterBytes a connection is cut once that many went over it
 * @param times only so many connections are cut
 */
export async function startCuttingProxy(
  target: string,
  { direction, afterBytes, times }: { direction: 'up' | 'down'; afterBytes: number; times: number },
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connectTo(Number(port), hostname);
    let counted = 0;
    const pass = (from: Socket, to: Socket, isCounted: boolean): void => {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk: Buffer) => {
        if (isCounted) counted += chunk.length;
        if (isCounted && counted > afterBytes && cuts < times) {
          cuts++;
          // What came so far is delivered; then the line is dead for both.
          to.end(chunk.subarray(0, chunk.length >> 1));
          from.destroy();
        } else if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    };
    pass(client, upstream, direction === 'up');
    pass(upstream, client, direction === 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
