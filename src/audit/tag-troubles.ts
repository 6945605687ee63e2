import { compareBytes } from '../core/byte-order.ts';
import type { NarrowReading, ResolvedTag } from '../core/tag-reading.ts';
import { isTagAnswer } from '../registry/resolve-tag.ts';
import type { ReadError } from '../report/snapshot.ts';
import type { KnownTag } from './read-tag.ts';

/** What is not as with a healthy tag, by name; a healthy one is in the columns as soon as it is read. */
export interface Troubles {
  /** Wide answers that are refusals about the tag. */
  readonly refused: Map<string, number>;
  readonly failed: Map<string, ReadError>;
  /** What the narrow probe gave for tags that are refused widely, or whose probe failed or was answered 5xx. */
  readonly narrow: Map<string, NarrowReading | ReadError>;
  /** Wide readings of tags whose narrow probe failed or was answered 5xx. */
  readonly wide: Map<string, ResolvedTag>;
  /** The first tag in byte order that resolves widely and that the narrow HEAD refused, by status. */
  readonly refusedNarrowly: Map<number, { readonly name: string; readonly reading: ResolvedTag }>;
}

export function createTroubles(): Troubles {
  return {
    refused: new Map(),
    failed: new Map(),
    narrow: new Map(),
    wide: new Map(),
    refusedNarrowly: new Map(),
  };
}

/** Tags that were answered 5xx under either profile. */
export function serverErrors({ refused, narrow }: Troubles): string[] {
  const names = new Set<string>();
  for (const [name, status] of refused) if (status >= 500) names.add(name);
  for (const [name, answer] of narrow) if (isServerError(answer)) names.add(name);
  return [...names];
}

export function isServerError(answer: NarrowReading | ReadError): boolean {
  return 'state' in answer && (answer.status ?? 0) >= 500;
}

/** Forgets what was answered for these tags, so that they are read anew; what was answered widely with a digest stays. */
export function withdraw({ refused, narrow, wide }: Troubles, names: readonly string[]): KnownTag[] {
  return names.map((name) => {
    const known = wide.get(name);
    for (const answers of [refused, narrow, wide]) answers.delete(name);
    return known === undefined ? { name } : { name, known };
  });
}

/** Keeps the tag if it is the first of its status so far: for one of them the registry's words are asked for. */
export function noteRefusal(name: string, reading: ResolvedTag, { refusedNarrowly }: Troubles): void {
  const status = reading.narrow?.status ?? null;
  if (status === null || !isTagAnswer(status)) return;
  const first = refusedNarrowly.get(status);
  if (first === undefined || compareBytes(name, first.name) < 0)
    refusedNarrowly.set(status, { name, reading });
}
