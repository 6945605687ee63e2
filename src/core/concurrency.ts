/**
 * Calls `work` for each item, at most `limit` at a time, in the items' order of starting. Items are pulled
 * lazily, so an endless or huge iterable costs no memory. The first rejection stops further starts and is
 * rethrown once those under way have ended.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = iteratorOf(items);
  let failure: { error: unknown } | null = null;
  async function worker(): Promise<void> {
    while (failure === null) {
      try {
        const item = await iterator.next();
        if (item.done) return;
        await work(item.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  if (failure !== null) throw (failure as { error: unknown }).error;
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
