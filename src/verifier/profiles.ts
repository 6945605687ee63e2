import { accepts, NARROW } from '../core/accept.ts';
import type { NarrowReading, ResolvedTag, UnresolvableTag } from '../core/tag-reading.ts';
import type { TagTuple } from './repository-checksum.ts';

/**
 * The client paths a scan can take; both sites always go through the same one. A GitLab release reads a registry
 * for its verifier in one of three ways (`docs/facts.md` §2): `narrow` and `wide` list by `/v2/` and ask each digest by
 * `HEAD`; `gitlab-v1` takes digests from the metadata database.
 */
export const CLIENT_PATHS = ['docker-v2', 'gitlab-v1'] as const;
export type ClientPath = (typeof CLIENT_PATHS)[number];

type ListedTag = Pick<ResolvedTag, 'state' | 'digest' | 'mediaType'> | Pick<UnresolvableTag, 'state'>;

/**
 * What the narrow profile gets for a tag, where that follows from the wide answer: a media type that narrow
 * accepts is given unchanged, and what does not resolve widely does not resolve narrowly, since wide asks for
 * strictly more. null means that only a request can tell.
 */
export function narrowWithoutAsking(wide: ListedTag): NarrowReading | null {
  if (wide.state === 'unresolvable')
    return { state: 'unresolvable', digest: null, status: null, probed: false };
  if (!accepts(NARROW, wide.mediaType)) return null;
  return { state: 'resolved', digest: wide.digest, status: null, probed: false };
}

/** The tuple that a listed tag contributes to the checksum of the wide profile. */
export function wideTuple(name: string, reading: ResolvedTag | UnresolvableTag): TagTuple {
  return [name, reading.digest];
}

/** The tuple that a listed tag contributes to the checksum of the narrow profile; null when it was not read. */
export function narrowTuple(name: string, reading: ResolvedTag | UnresolvableTag): TagTuple | null {
  return reading.narrow === null ? null : [name, reading.narrow.digest];
}
