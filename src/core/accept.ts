import { MediaType } from './media-types.ts';

/** The media types a client says it understands, in the order it sends them. */
export interface AcceptProfile {
  readonly name: 'narrow' | 'wide';
  readonly types: readonly string[];
  /** The header value: one comma-separated line, as GitLab sends it (`facts.md` §2). */
  readonly header: string;
}

function profile(name: AcceptProfile['name'], types: readonly string[]): AcceptProfile {
  return { name, types, header: types.join(', ') };
}

/** What GitLab accepted before the fix of gitlab-org/gitlab#600486: no index, no list. */
export const NARROW = profile('narrow', [MediaType.dockerManifest, MediaType.ociManifest]);

/** What GitLab accepts since that fix. */
export const WIDE = profile('wide', [...NARROW.types, MediaType.dockerList, MediaType.ociIndex]);

/** True when a registry that honours `Accept` must give this media type to the profile as it is stored. */
export function accepts(profile: AcceptProfile, mediaType: string | null): boolean {
  return mediaType !== null && profile.types.includes(mediaType);
}
