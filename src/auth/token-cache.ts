import type { Clock } from '../core/clock.ts';
import { AuthError, TransportError } from '../errors.ts';

/** The part of a clock that tokens need. */
export type Now = Pick<Clock, 'now'>;

/** A token as it was issued. */
export type IssuedToken = { readonly token: string; readonly issuedAt: number; readonly lifetimeMs: number };

/** A token in the cache. */
export type HeldToken = IssuedToken & {
  /** When it is due for renewal, in milliseconds since the epoch. */
  renewAt: number;
  /** The registry's last word on it was 401 although it was new: another one of its kind will not help. */
  refused: boolean;
};

/** Gets a new token, until the signal is aborted. */
type Obtain = (signal: AbortSignal) => Promise<IssuedToken>;

/** A token on its way, and how many wait for it. */
type Flight = { readonly arrival: Promise<HeldToken>; readonly end: AbortController; waiting: number };

/** Tokens by key (token service and scopes). */
export type TokenCache = {
  /**
   * The token of a key, obtained if there is none or the one there is due. One `obtain` a key is in flight,
   * whoever asks; it is ended when nobody waits for it any longer. `fresh` tells that it came from such a flight and
   * not from the cache.
   * @param signal gives up waiting, without ending the flight that others wait for as well
   * @throws whatever `obtain` throws; an `AuthError` is remembered for a minute and thrown again
   */
  get(key: string, obtain: Obtain, signal?: AbortSignal): Promise<{ held: HeldToken; fresh: boolean }>;
  /** Forgets a token, unless another has taken its place meanwhile. */
  drop(key: string, held: HeldToken): void;
};

// Renewal at four fifths of the life leaves a request time to travel, whatever the life is.
const RENEW_AFTER = 0.8;
// A refused user asked for again with every tag would be locked out by some services.
const REFUSAL_REMEMBERED_MS = 60_000;
// Bounds memory in a run over very many repositories; those read long ago are not read again.
const MOST_TOKENS = 1_000;

/** Makes an empty cache. */
export function createTokenCache(clock: Now): TokenCache {
  const tokens = new Map<string, HeldToken>();
  const refusals = new Map<string, { error: AuthError; until: number }>();
  const flights = new Map<string, Flight>();

  const fly = async (key: string, obtain: Obtain, signal: AbortSignal): Promise<HeldToken> => {
    try {
      const issued = await obtain(signal);
      const held = { ...issued, renewAt: issued.issuedAt + issued.lifetimeMs * RENEW_AFTER, refused: false };
      remember(tokens, key, held);
      return held;
    } catch (error) {
      if (error instanceof AuthError) {
        remember(refusals, key, { error, until: clock.now() + REFUSAL_REMEMBERED_MS });
      }
      const old = tokens.get(key);
      // The service may be down for a moment: what is still valid serves on, and is due again a bit later.
      if (error instanceof TransportError && old !== undefined && clock.now() < endOf(old)) {
        old.renewAt = clock.now() + (endOf(old) - clock.now()) / 2;
        return old;
      }
      throw error;
    }
  };

  /** Whether it was still on its way. */
  const forget = (key: string, flight: Flight): boolean => flights.get(key) === flight && flights.delete(key);

  const takeOff = (key: string, obtain: Obtain): Flight => {
    const end = new AbortController();
    const flight = { arrival: fly(key, obtain, end.signal), end, waiting: 0 };
    flights.set(key, flight);
    const isOver = () => forget(key, flight);
    flight.arrival.then(isOver, isOver);
    return flight;
  };

  return {
    async get(key, obtain, signal) {
      signal?.throwIfAborted();
      const now = clock.now();
      const held = tokens.get(key);
      if (held !== undefined && now < held.renewAt) return { held, fresh: false };
      const refusal = refusals.get(key);
      if (refusal !== undefined && now < refusal.until) throw refusal.error;
      const flight = flights.get(key) ?? takeOff(key, obtain);
      flight.waiting++;
      try {
        return { held: await untilAborted(flight.arrival, signal), fresh: true };
      } finally {
        flight.waiting--;
        if (flight.waiting === 0 && forget(key, flight)) flight.end.abort();
      }
    },
    drop(key, held) {
      if (tokens.get(key) === held) tokens.delete(key);
    },
  };
}

function endOf(token: IssuedToken): number {
  return token.issuedAt + token.lifetimeMs;
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MOST_TOKENS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
