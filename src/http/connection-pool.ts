import type { BareDispatcher } from './undici-parts.ts';

/** One of a pool's connections; only the pool changes it. */
export interface Connection {
  readonly dispatcher: BareDispatcher;
  /** Whether a request was answered on it before: then its server may have closed it just as the next one left. */
  hasServed: boolean;
  /** Whether it is one of the pool's still. */
  isOpen: boolean;
}

/** Somebody who needs a connection for one request. */
export interface ConnectionUser {
  /** Called with a connection of its own, at once or later; it must be given back or dropped. */
  start(connection: Connection): void;
}

/**
 * The connections to one origin, each an undici client with one socket and one request at a time. Opened when
 * none is free, so there are never more than requests were in flight at once. (undici's own `Pool` opens another
 * one for a request that follows an answer within the same turn of the event loop, and looks through all of
 * its clients for each request.)
 */
export class ConnectionPool {
  readonly #open: () => BareDispatcher;
  readonly #most: number;
  readonly #all = new Set<Connection>();
  /** The one used last is used next, so that those not needed any more run into their keep-alive's end. */
  readonly #idle: Connection[] = [];
  readonly #waiting: ConnectionUser[] = [];
  #isDestroyed = false;

  /** @param most connections at once; further users wait in line */
  constructor(open: () => BareDispatcher, most: number) {
    this.#open = open;
    this.#most = most;
  }

  /** Starts the user as soon as there is a connection; on a destroyed pool with one that fails. */
  use(user: ConnectionUser): void {
    const idle = this.#idle.pop();
    if (idle !== undefined) user.start(idle);
    else if (this.#isDestroyed) user.start(this.#destroyed());
    else if (this.#all.size < this.#most) user.start(this.#opened());
    else this.#waiting.push(user);
  }

  /** The request is over and the connection can serve another, or open its socket anew. */
  give(connection: Connection): void {
    if (!connection.isOpen) return;
    connection.hasServed = true;
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next.start(connection);
  }

  /** The request failed: what state the connection is in, nobody knows. */
  drop(connection: Connection): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.#all.delete(connection);
    // Later, because undici calls back from the middle of its own work on the connection.
    queueMicrotask(() => void connection.dispatcher.destroy().catch(() => undefined));
    const next = this.#waiting.shift();
    if (next !== undefined) this.use(next);
  }

  /** Lets go of the connections that are not in use: what closed one of them has most likely closed the others. */
  dropIdle(): void {
    for (const connection of this.#idle.splice(0)) this.drop(connection);
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    this.#idle.length = 0;
    const connections = [...this.#all];
    this.#all.clear();
    for (const connection of connections) connection.isOpen = false;
    for (const user of this.#waiting.splice(0)) user.start(this.#destroyed());
    await Promise.all(connections.map(({ dispatcher }) => dispatcher.destroy()));
  }

  #opened(): Connection {
    const connection = { dispatcher: this.#open(), hasServed: false, isOpen: true };
    this.#all.add(connection);
    return connection;
  }

  #destroyed(): Connection {
    const dispatcher = this.#open();
    void dispatcher.destroy().catch(() => undefined);
    return { dispatcher, hasServed: false, isOpen: false };
  }
}
