const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal is aborted, once, until the function returned is called. One listener a signal however
 * many wait: a run's signal is waited on by every request, and an `EventTarget` looks through all of its
 * listeners for each that comes and goes.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = callbacksOf.get(signal);
  if (callbacks === undefined) {
    const own = new Set<() => void>();
    callbacks = own;
    callbacksOf.set(signal, own);
    signal.addEventListener(
      'abort',
      () => {
        for (const call of [...own]) call();
      },
      { once: true },
    );
  }
  const waiting = callbacks;
  waiting.add(callback);
  return () => waiting.delete(callback);
}
