import { createHmac } from 'node:crypto';
import { compareBytes } from '../core/byte-order.ts';

/** What a name is, and so what its token begins with. */
export type NameKind = 'host' | 'repository' | 'tag';

/** Gives tokens for names and remembers which is which. */
export interface Tokens {
  of(kind: NameKind, name: string): string;
  /** Tokens given so far with the names they stand for, sorted by token. */
  mapping(): Record<string, string>;
}

/**
 * Tokens that depend on the name, its kind and the key alone, so that they are the same in every run.
 *
 * @param key a secret; who has it can test guesses of names
 */
export function createTokens(key: string): Tokens {
  const names = new Map<string, string>();
  const known = new Map<string, string>();
  return {
    of(kind, name) {
      const labelled = `${kind} ${name}`;
      const before = known.get(labelled);
      if (before !== undefined) return before;
      // 48 bits: two names of a million share a token with a chance of one in 500.
      const token = `${kind}-${createHmac('sha256', key).update(labelled).digest('hex').slice(0, 12)}`;
      known.set(labelled, token);
      names.set(token, name);
      return token;
    },
    mapping: () => Object.fromEntries([...names].sort(([a], [b]) => compareBytes(a, b))),
  };
}
