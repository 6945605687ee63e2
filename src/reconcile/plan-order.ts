import { isIndexType } from '../core/media-types.ts';
import type { TagReport } from '../report/tag-report.ts';

/** A tag that by its name belongs to a digest: cosign's `sha256-<hex>.sig`, `.att`, `.sbom`, and OCI's fallback `sha256-<hex>`. */
const COMPANION_TAG = /^(sha256|sha512)-([0-9a-f]{64}(?:[0-9a-f]{64})?)(?:\..+)?$/;

/** The digest that a companion tag's name speaks of; null for any other tag. */
export function subjectOfTagName(tag: string): string | null {
  const match = COMPANION_TAG.exec(tag);
  return match === null ? null : `${match[1]}:${match[2]}`;
}

/**
 * Puts tags to copy into dependency order, as far as it is known without reading a manifest: images, then
 * indexes, then companions of a digest, each after the companion it is about. Otherwise the order given stays.
 */
export function inDependencyOrder(tags: readonly TagReport[]): TagReport[] {
  const companionsByDigest = new Map<string, string>();
  for (const { name, primary } of tags) {
    if (subjectOfTagName(name) !== null && primary.state === 'resolved')
      companionsByDigest.set(primary.digest, name);
  }
  const ranks = new Map(tags.map((tag) => [tag.name, rankOf(tag, companionsByDigest)]));
  return [...tags].sort((a, b) => (ranks.get(a.name) ?? 0) - (ranks.get(b.name) ?? 0));
}

function rankOf({ name, primary }: TagReport, companionsByDigest: ReadonlyMap<string, string>): number {
  let subject = subjectOfTagName(name);
  if (subject === null) return primary.state === 'resolved' && isIndexType(primary.mediaType) ? 1 : 0;
  // Names are anybody's, so they can speak of each other in a circle: every name counts once.
  const seen = new Set([name]);
  for (;;) {
    const about: string | undefined = companionsByDigest.get(subject);
    if (about === undefined || seen.has(about)) return 1 + seen.size;
    seen.add(about);
    subject = subjectOfTagName(about) ?? '';
  }
}
