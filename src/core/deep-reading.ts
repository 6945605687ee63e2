import type { PartRole } from './manifest.ts';

/** The part that a deep check looks for: one that a manifest names, or the manifest behind the tag itself. */
export type DeepRole = PartRole | 'manifest';

/** Peculiarities below a tag that are no fault, but explain one. */
export const DEEP_NOTES = ['MEDIA_TYPE_MISSING', 'NO_BLOB_LIST', 'BUILDKIT_CACHE', 'FOREIGN_LAYER'] as const;
export type DeepNote = (typeof DEEP_NOTES)[number];

/** Content that a manifest below the tag names and the site does not have. */
export interface MissingPart {
  readonly digest: string;
  readonly role: DeepRole;
  readonly mediaType: string | null;
  /** Bytes, as the descriptor says. */
  readonly size: number | null;
}

/** Content that is not what its digest or its descriptor says. */
export interface CorruptPart {
  /** The digest it goes by; what stands in its place where that is none. */
  readonly digest: string;
  readonly role: DeepRole;
  /** What was found instead: another digest, or words. */
  readonly found: string;
}

/** What a deep check found below a tag on one site. */
export interface DeepReading {
  /** Everything below was asked for and answered; where not, an error of the repository says why. */
  readonly complete: boolean;
  readonly missing: readonly MissingPart[];
  readonly corrupt: readonly CorruptPart[];
  readonly notes: readonly DeepNote[];
  /** How many findings are left out of the lists, which are cut where they get long. */
  readonly omitted?: number | undefined;
}
