import { MediaType } from './media-types.ts';

/** The media types a client says it understands, in the order it sends them. */
export interface AcceptProfile {
  readonly name: 'narrow' | 'wide' | 'dependency-proxy' | 'none';
  readonly types: readonly string[];
  /** The header value: one comma-separated line, as GitLab sends it (`docs/facts.md` §2); empty for no header. */
  readonly header: string;
}

function profile(name: AcceptProfile['name'], types: readonly string[]): AcceptProfile {
  return { name, types, header: types.join(', ') };
}

/** What GitLab accepted before the fix of gitlab-org/gitlab#600486: no index, no list. */
export const NARROW = profile('narrow', [MediaType.dockerManifest, MediaType.ociManifest]);

/** What GitLab accepts since that fix. */
export const WIDE = profile('wide', [...NARROW.types, MediaType.dockerList, MediaType.ociIndex]);

/** What GitLab's dependency proxy accepts since its fix: an OCI index, but no Docker list (`docs/facts.md` §9). */
export const DEPENDENCY_PROXY = profile('dependency-proxy', [...NARROW.types, MediaType.ociIndex]);

/** No `Accept` at all, as a plain `curl` of old, which registries take for a client of 2015. */
export const NO_ACCEPT = profile('none', []);

/** True when a registry that honours `Accept` must give this media type to the profile as it is stored. */
export function accepts(profile: AcceptProfile, mediaType: string | null): boolean {
  return mediaType !== null && profile.types.includes(mediaType);
}
