/** How many of something may be under way at once: a number, or what it is now. Below one is one. */
export type ConcurrencyLimit = number | (() => number);

/** What a limit is now. */
export function limitNow(limit: ConcurrencyLimit): number {
  return Math.max(1, typeof limit === 'number' ? limit : limit());
}

/**
 * Calls `work` for each item, as many at a time as the limit says then, in the items' order of starting. Items are
 * pulled lazily, so an endless or huge iterable costs no memory. The first rejection stops further starts and is
 * rethrown once those under way have ended.
 */
export function forEachConcurrent<T>(
  items: Iterable<T>,
  limit: ConcurrencyLimit,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  return new Promise((resolve, reject) => {
    let active = 0;
    let isDone = false;
    let failure: { readonly error: unknown } | null = null;

    // A loop of starts and no chain of awaits: of the million tags of a scan each promise and turn is felt.
    function start(): void {
      while (failure === null && !isDone && active < limitNow(limit)) {
        try {
          const item = iterator.next();
          if (item.done) isDone = true;
          else {
            active++;
            work(item.value).then(ended, failed);
          }
        } catch (error) {
          failure = { error };
        }
      }
      if (active > 0) return;
      if (failure !== null) reject(failure.error);
      else resolve();
    }

    function ended(): void {
      active--;
      start();
    }

    function failed(error: unknown): void {
      failure ??= { error };
      ended();
    }

    start();
  });
}
