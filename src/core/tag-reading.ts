import type { DeepReading } from './deep-reading.ts';
import type { Digest } from './digest.ts';

/**
 * What one site answered for one tag under the narrow profile. `probed` is false when the answer is known
 * without asking: the wide media type is one narrow accepts, or the tag does not resolve even widely.
 */
export interface NarrowReading {
  readonly state: 'resolved' | 'unresolvable';
  readonly digest: Digest | null;
  /** HTTP status of the probe; null when not probed. */
  readonly status: number | null;
  readonly probed: boolean;
  /** The registry's own words for a refusal, where they were asked for. */
  readonly reason?: string | undefined;
}

/** The tag is listed and the site gave its digest. */
export interface ResolvedTag {
  readonly state: 'resolved';
  readonly digest: Digest;
  readonly mediaType: string | null;
  /** ISO time of the last push, where the GitLab v1 API told it. */
  readonly publishedAt?: string;
  /** null when narrow was not read (`--narrow off`, or the probe failed). */
  readonly narrow: NarrowReading | null;
  /** What `--deep` found below the digest; absent where it was not asked for. */
  readonly deep?: DeepReading | undefined;
}

/** The tag is listed and the site cannot resolve it: an answer, not a failure to get one. */
export interface UnresolvableTag {
  readonly state: 'unresolvable';
  readonly digest: null;
  readonly mediaType: null;
  /** HTTP status of the answer; null when the reading came from a list that tells none. */
  readonly status: number | null;
  /** The registry's own words, or what stands in for them. */
  readonly reason: string;
  /** The registry's error code (`MANIFEST_UNKNOWN`, …), where its body named one. */
  readonly code: string | null;
  readonly narrow: NarrowReading | null;
}

/** The site does not list the tag. */
export interface AbsentTag {
  readonly state: 'absent';
}

/** A reading of a tag that the site lists. */
export type ListedTag = ResolvedTag | UnresolvableTag;

/** A reading that can carry a verdict. A read that failed is none of these; it is an error of the repository. */
export type TagReading = ListedTag | AbsentTag;

/** The one value for "not listed here". */
export const ABSENT: AbsentTag = Object.freeze({ state: 'absent' });
