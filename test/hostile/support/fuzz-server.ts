import { type AddressInfo, createServer, type Socket } from 'node:net';
import { anonymousCredential } from '../../../src/auth/credential.ts';
import { SYSTEM_CLOCK } from '../../../src/core/clock.ts';
import { SILENT } from '../../../src/logger.ts';
import { connectRegistry } from '../../../src/registry/connect-registry.ts';
import type { RegistryClient } from '../../../src/registry/registry-client.ts';

/** A server that says exactly the given bytes, be they HTTP or not, and a client of it as the tool has it. */
export interface RawServer {
  readonly client: RegistryClient;
  /** What it says to every request from now on; then it hangs up. */
  answer(bytes: Buffer): void;
  close(): Promise<void>;
}

/** Starts one on 127.0.0.1; the client does not repeat requests and gives up after five seconds. */
export async function openRawServer(): Promise<RawServer> {
  let bytes = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n')) socket.end(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = connectRegistry({
    url: new URL(`http://127.0.0.1:${port}/`),
    credential: anonymousCredential(),
    concurrency: 1,
    ratePerSecond: null,
    retries: 0,
    timeoutMs: 5000,
    clock: SYSTEM_CLOCK,
    logger: SILENT,
    flag: (ending) => `--${ending}`,
  });
  return {
    client: connection.client,
    answer(given) {
      bytes = given as Buffer<ArrayBuffer>;
    },
    async close() {
      await connection.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
