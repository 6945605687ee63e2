import type { ResolvedTag, UnresolvableTag } from '../core/tag-reading.ts';
import type { RegistryIdentity } from '../registry/ping.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';

/** Something that one site failed to give. `tags` names the tags that are therefore without a reading. */
export interface ReadError {
  readonly code: string;
  /** HTTP status, or null when no response came. */
  readonly status: number | null;
  readonly message: string;
  readonly hint?: string;
  readonly tags?: readonly string[];
}

/** A listed tag with what the site answered for it. */
export interface TagEntry {
  readonly name: string;
  readonly reading: ResolvedTag | UnresolvableTag;
}

/**
 * One repository as one site gave it: everything that a comparison needs, and nothing of the other site.
 * Readings and failures are kept apart: a tag that could not be read is in `errors`, never in `tags`.
 */
export interface RepositorySnapshot {
  readonly path: string;
  /** Whether the site knows the repository; null when that could not be read. */
  readonly present: boolean | null;
  /** Sorted by name in byte order. */
  readonly tags: readonly TagEntry[];
  readonly errors: readonly ReadError[];
  /** Which profiles were read for every listed tag; a checksum is computed of a complete profile alone. */
  readonly complete: { readonly wide: boolean; readonly narrow: boolean };
  /**
   * How many of the listed tags the verifier sees, which reads one page: less than `listed` when the site
   * pages. null when the tags were not listed by `/v2/`.
   */
  readonly firstPage: number | null;
  /** Tuples of the GitLab v1 listing, sorted; null where the site has none or it could not be read. */
  readonly gitlabV1: readonly TagTuple[] | null;
}

/** What a site is, as found before its repositories were read. */
export interface SiteIdentity {
  /** Without user info. */
  readonly url: string;
  readonly registry: RegistryIdentity & { readonly gitlabV1: boolean };
}

/** One site at one time; the two of them make a report. */
export interface SiteSnapshot {
  readonly site: SiteIdentity;
  readonly clientPath: ClientPath;
  readonly repositories: readonly RepositorySnapshot[];
}
