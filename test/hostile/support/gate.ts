import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a gate makes of a write: a status in place of the registry's answer, `reset` (the connection breaks before the
 * registry sees anything) or `lost` (the registry does it, and the connection breaks before it can say so).
 */
export type GateFault = number | 'reset' | 'lost';

/** An HTTP proxy before a registry that sees every request. */
export interface Gate {
  /** What stands in for the registry, without a slash at the end. */
  readonly url: string;
  /** Where the requests go; may be changed. */
  target: string;
  /** Asked about every write, counted from 1. */
  fault: ((nth: number) => GateFault | undefined) | undefined;
  /** Every request but `GET` and `HEAD`, as `METHOD path`, since the last `forget`. */
  readonly writes: readonly string[];
  /** Writes that were let through, refused or failed since the start. */
  readonly watched: number;
  /** Faults made since the start. */
  readonly faults: number;
  forget(): void;
  close(): Promise<void>;
}

/** Starts a gate. A `readOnly` one lets no write through, whatever it is, and answers 405. */
export async function startGate(target: string, { readOnly = false } = {}): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const writes: string[] = [];
  let watched = 0;
  let faults = 0;
  const gate = { target, fault: undefined as Gate['fault'] };

  const server = createServer((incoming, response) => {
    const { method = '', url = '' } = incoming;
    if (method === 'GET' || method === 'HEAD') return forward(incoming, response, false);
    writes.push(`${method} ${url}`);
    watched++;
    if (readOnly) return refuse(incoming, response, 405);
    const fault = gate.fault?.(writes.length);
    if (fault === undefined) return forward(incoming, response, false);
    faults++;
    if (fault === 'lost') return forward(incoming, response, true);
    if (fault === 'reset') return void incoming.socket.resetAndDestroy();
    return refuse(incoming, response, fault);
  });

  function refuse(incoming: IncomingMessage, response: ServerResponse, status: number): void {
    incoming.resume().on('end', () => {
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'a fault of the test' }] }));
    });
  }

  function forward(incoming: IncomingMessage, response: ServerResponse, isLost: boolean): void {
    const { hostname, port } = new URL(gate.target);
    const { method, url: path, headers } = incoming;
    // The client's own Host goes on, so that a registry's `Location` leads back here.
    const outgoing = request({ hostname, port, method, path, headers, agent }, (answer) => {
      if (isLost) {
        answer.resume().on('end', () => incoming.socket.resetAndDestroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    outgoing.on('error', () => incoming.socket.destroy());
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  }

  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    get target() {
      return gate.target;
    },
    set target(next) {
      gate.target = next;
    },
    get fault() {
      return gate.fault;
    },
    set fault(next) {
      gate.fault = next;
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    get watched() {
      return watched;
    },
    get faults() {
      return faults;
    },
    forget: () => {
      writes.length = 0;
    },
    close: () =>
      new Promise<void>((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
