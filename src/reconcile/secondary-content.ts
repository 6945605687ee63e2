import type { Digest } from '../core/digest.ts';

/** What a run has seen on the secondary or put there, shared by everything it copies. */
export interface SecondaryContent {
  /** Does a piece of work once for a key; those who come meanwhile wait for it. A failure is not remembered. */
  once(key: string, work: () => Promise<void>): Promise<void>;
  /** Runs a transfer when one of the few places is free. */
  transfer<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Runs work while no other that shares a digest with it runs. Distribution rewrites a manifest's link at every push
   * of it, and who reads the link in that moment gets a 500 or a 400 (measured).
   */
  exclusively<T>(digests: readonly Digest[], work: () => Promise<T>): Promise<T>;
  addBlob(path: string, digest: Digest): void;
  /** Another repository known to have a blob, to mount it from; null when none is. */
  repositoryWith(digest: Digest, otherThan: string): string | null;
  addClosure(path: string, digest: Digest): void;
  hasClosure(path: string, digest: Digest): boolean;
  /** Nothing is taken for granted any more about this digest. */
  forget(path: string, digest: Digest): void;
}

/**
 * @param transfers blobs that flow at once. Each holds a request to either site for as long as it takes, so that
 *   there must not be more of them than requests allowed to a site, or they would wait for each other for ever.
 */
export function createSecondaryContent(transfers: number): SecondaryContent {
  const done = new Set<string>();
  const underWay = new Map<string, Promise<void>>();
  const repositories = new Map<Digest, Set<string>>();
  const closures = new Set<string>();
  const held = new Map<Digest, Promise<void>>();
  const waiting: Array<() => void> = [];
  let flowing = 0;

  return {
    async once(key, work) {
      if (done.has(key)) return;
      let current = underWay.get(key);
      if (current === undefined) {
        current = work()
          .then(() => void done.add(key))
          .finally(() => underWay.delete(key));
        underWay.set(key, current);
      }
      await current;
    },
    async transfer(work) {
      if (flowing < transfers) flowing++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) flowing--;
        else next();
      }
    },
    async exclusively(digests, work) {
      const wanted = [...new Set(digests)];
      // All at once and in one turn, so that two that want the same can never wait for each other.
      const before = wanted.flatMap((digest) => held.get(digest) ?? []);
      let release: () => void = () => undefined;
      const mine = new Promise<void>((resolve) => {
        release = resolve;
      });
      for (const digest of wanted) held.set(digest, mine);
      await Promise.all(before);
      try {
        return await work();
      } finally {
        for (const digest of wanted) if (held.get(digest) === mine) held.delete(digest);
        release();
      }
    },
    addBlob(path, digest) {
      const known = repositories.get(digest);
      if (known === undefined) repositories.set(digest, new Set([path]));
      else known.add(path);
    },
    repositoryWith(digest, otherThan) {
      for (const path of repositories.get(digest) ?? []) if (path !== otherThan) return path;
      return null;
    },
    addClosure: (path, digest) => void closures.add(`${path}@${digest}`),
    hasClosure: (path, digest) => closures.has(`${path}@${digest}`),
    forget(path, digest) {
      done.delete(`blob ${path}@${digest}`);
      done.delete(`manifest ${path}@${digest}`);
      closures.delete(`${path}@${digest}`);
      repositories.get(digest)?.delete(path);
    },
  };
}
