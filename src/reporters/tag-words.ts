import { isIndexType, isSchema1Type, MediaType } from '../core/media-types.ts';
import { SITES } from '../report/report.ts';
import type { Status, TagReport } from '../report/tag-report.ts';
import { plural } from './plural.ts';

/** The marks `rclone check` uses; always shown together with the word. */
export const MARKS = {
  MATCH: '=',
  MISMATCH: '*',
  'PRIMARY-ONLY': '+',
  'SECONDARY-ONLY': '-',
  UNRESOLVABLE: '!',
} as const satisfies Record<Status, string>;

/** The order in which findings are shown. */
export const WORST_FIRST = [
  'UNRESOLVABLE',
  'MISMATCH',
  'PRIMARY-ONLY',
  'SECONDARY-ONLY',
  'MATCH',
] as const satisfies readonly Status[];

/** A digest or checksum cut to twelve hex digits, with its algorithm if it has one and `prefix` is set. */
export function shortDigest(digest: string, prefix: boolean): string {
  const colon = digest.indexOf(':');
  const short = digest.slice(colon + 1, colon + 13);
  // sha256 is the rule and may be left out; another algorithm is always said.
  return prefix || !digest.startsWith('sha256:') ? digest.slice(0, colon + 1) + short : short;
}

/** What a site has behind the tag: a short digest, `HTTP 404` where it cannot resolve it, or `absent`. */
export function readingWords(reading: TagReport['primary'], prefix: boolean): string {
  if (reading.state === 'absent') return 'absent';
  return reading.state === 'resolved' ? shortDigest(reading.digest, prefix) : refusalWords(reading);
}

/** Tuples from elsewhere do not say with which status a tag could not be resolved. */
export function refusalWords({ status }: { readonly status: number | null }): string {
  return status === null ? 'no digest' : `HTTP ${status}`;
}

/** The kind of manifest behind the tag: `index`, `list`, `image`, …; both kinds where the sites disagree. */
export function kindWords(tag: TagReport): string {
  const kinds = [tag.primary, tag.secondary].flatMap((reading) =>
    reading.state === 'resolved' ? [kindOf(reading.mediaType)] : [],
  );
  return [...new Set(kinds)].join('/');
}

function kindOf(mediaType: string | null): string {
  if (mediaType === null) return 'untyped';
  if (isIndexType(mediaType)) return mediaType === MediaType.dockerList ? 'list' : 'index';
  if (isSchema1Type(mediaType)) return 'schema1';
  if (mediaType === MediaType.ociArtifact) return 'artifact';
  return mediaType === MediaType.ociManifest || mediaType === MediaType.dockerManifest ? 'image' : 'other';
}

/** What there is to note about a tag beside its digests. */
export function noteWords(tag: TagReport): string[] {
  return [
    ...(tag.silentlySkipped ? ['skipped silently'] : []),
    ...(tag.unstable ? ['changed while being read'] : []),
    ...deepWords(tag),
    ...tag.causes,
  ];
}

/** What `--deep` found below the tag, a note a site. */
function deepWords(tag: TagReport): string[] {
  return SITES.flatMap((site) => {
    const reading = tag[site];
    const deep = reading.state === 'resolved' ? reading.deep : undefined;
    if (deep === undefined || deep.missing.length + deep.corrupt.length === 0) return [];
    const words = [
      ...(deep.missing.length > 0 ? [`lacks ${plural(deep.missing.length, 'part')}`] : []),
      ...(deep.corrupt.length > 0 ? [`has ${plural(deep.corrupt.length, 'corrupt part')}`] : []),
    ];
    return [`${site} ${words.join(' and ')}`];
  });
}
