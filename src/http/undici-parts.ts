import { createRequire } from 'node:module';
import type * as Undici from 'undici';

const require = createRequire(import.meta.url);

/** What all of undici's dispatchers can do, also before its index is loaded, which adds `request` and its kin. */
export type BareDispatcher = Pick<Undici.Dispatcher, 'dispatch' | 'destroy'>;

interface Parts {
  readonly Client: new (
    ...args: ConstructorParameters<typeof Undici.Client>
  ) => BareDispatcher & Pick<Undici.Dispatcher, 'on'>;
  readonly buildConnector: typeof Undici.buildConnector;
}

/**
 * What every run needs of undici, without its index: that loads interceptors, caches, mocks and a second undici (Node's
 * own), a tenth of the time until a scan's first request. A release that is laid out otherwise is loaded by its index.
 */
export const { Client, buildConnector }: Parts = loadParts();

/** A dispatcher with all that it can do, for bodies that stay streams. */
export function wholeDispatcher(dispatcher: BareDispatcher): Undici.Dispatcher {
  loadUndici();
  return dispatcher as Undici.Dispatcher;
}

/** All of undici: also for proxies, whose agents need what the index adds. */
export function loadUndici(): typeof Undici {
  return require('undici');
}

function loadParts(): Parts {
  try {
    return {
      Client: require('undici/lib/dispatcher/client'),
      buildConnector: require('undici/lib/core/connect'),
    };
  } catch {
    return loadUndici();
  }
}
