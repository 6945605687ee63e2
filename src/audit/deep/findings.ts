import {
  type CorruptPart,
  DEEP_NOTES,
  type DeepNote,
  type DeepReading,
  type MissingPart,
} from '../../core/deep-reading.ts';
import type { ReadError } from '../../report/snapshot.ts';

/** What is wrong at and below a manifest, and what could not be asked. */
export interface Findings {
  readonly missing: readonly MissingPart[];
  readonly corrupt: readonly CorruptPart[];
  readonly notes: readonly DeepNote[];
  /** One of each kind. */
  readonly errors: readonly ReadError[];
  readonly omitted: number;
}

/** Findings that a tag names; a damaged image of thousands of layers is said to be damaged by as many. */
const MOST_NAMED = 200;

/** The one value for "nothing": what nearly every manifest has. */
export const NOTHING: Findings = Object.freeze({
  missing: [],
  corrupt: [],
  notes: [],
  errors: [],
  omitted: 0,
});

/** All findings together, each once; in the order of the list, which is that of the manifest. */
export function mergeFindings(all: readonly Findings[]): Findings {
  const some = all.filter((one) => one !== NOTHING);
  const [only] = some;
  if (only === undefined) return NOTHING;
  if (some.length === 1) return only;
  const missing = distinct(
    some.flatMap((one) => one.missing),
    (part) => `${part.role} ${part.digest}`,
  );
  const corrupt = distinct(
    some.flatMap((one) => one.corrupt),
    (part) => `${part.role} ${part.digest}`,
  );
  const errors = distinct(
    some.flatMap((one) => one.errors),
    (error) => `${error.code} ${error.status}`,
  );
  const notes = DEEP_NOTES.filter((note) => some.some((one) => one.notes.includes(note)));
  const left = (list: readonly unknown[]) => Math.max(0, list.length - MOST_NAMED);
  return {
    missing: missing.slice(0, MOST_NAMED),
    corrupt: corrupt.slice(0, MOST_NAMED),
    notes,
    errors,
    omitted: some.reduce((sum, one) => sum + one.omitted, left(missing) + left(corrupt)),
  };
}

const SOUND: DeepReading = Object.freeze({ complete: true, missing: [], corrupt: [], notes: [] });

/** Findings as they stand on a tag. */
export function readingOf({ missing, corrupt, notes, errors, omitted }: Findings): DeepReading {
  if (missing.length + corrupt.length + notes.length + errors.length === 0) return SOUND;
  return {
    complete: errors.length === 0,
    missing,
    corrupt,
    notes,
    ...(omitted > 0 && { omitted }),
  };
}

function distinct<T>(list: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(list.map((one) => [key(one), one])).values()];
}
