/** Who waits for one signal. */
interface Waiting {
  readonly callbacks: (() => void)[];
  /** Places in `callbacks` of those that wait no more. */
  readonly free: number[];
}

const NOBODY = () => {};

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back when a signal is aborted, once, until the function returned is called. One listener a signal however
 * many wait: a run's signal is waited on by every request, and an `EventTarget` looks through all of its
 * listeners for each that comes and goes.
 *
 * In places that are used again, and not in a `Set`: that is copied as its elements come and go, and each outlived
 * copy of V8's points to the next. One of them in old space keeps all after it with their requests alive until the
 * next full collection (a quarter of all garbage of a scan, measured).
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, free } = waitingFor.get(signal) ?? listen(signal);
  const place = free.pop() ?? callbacks.length;
  callbacks[place] = callback;
  return () => {
    if (callbacks[place] !== callback) return;
    callbacks[place] = NOBODY;
    free.push(place);
  };
}

function listen(signal: AbortSignal): Waiting {
  const waiting: Waiting = { callbacks: [], free: [] };
  waitingFor.set(signal, waiting);
  signal.addEventListener(
    'abort',
    () => {
      for (const call of [...waiting.callbacks]) call();
    },
    { once: true },
  );
  return waiting;
}
