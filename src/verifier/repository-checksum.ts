import { createHash } from 'node:crypto';
import { compareBytes } from '../core/byte-order.ts';
import type { List } from '../core/list.ts';

/** A tag and its digest; null where the verifier gets no digest. */
export type TagTuple = [name: string, digest: string | null];

/** Names and digests are hashed in pieces of about this many characters: one update a tuple is slow (measured). */
const PIECE_LENGTH = 64 * 1024;

/**
 * The repository checksum exactly as GitLab Geo's verifier computes it (`docs/facts.md` §1): tuples sorted by name
 * in byte order, name and digest of each joined without any separator, a missing digest contributing nothing,
 * SHA-256 in lower-case hex. No tuples give the checksum of nothing, `e3b0c442…`.
 *
 * The concatenation is ambiguous, so equal checksums prove nothing; unequal ones do.
 */
export function repositoryChecksum(tuples: List<Readonly<TagTuple>>): string {
  // What is in order already, as a snapshot is, is neither sorted nor copied.
  return checksumInOrder(tuples) ?? checksumInOrder([...tuples].sort(([a], [b]) => compareBytes(a, b))) ?? '';
}

/** null when a name stands before one that sorts below it. */
function checksumInOrder(tuples: Iterable<Readonly<TagTuple>>): string | null {
  const hash = createHash('sha256');
  let piece = '';
  let before = '';
  for (const [name, digest] of tuples) {
    if (compareBytes(before, name) > 0) return null;
    before = name;
    piece += name;
    if (digest !== null) piece += digest;
    if (piece.length >= PIECE_LENGTH) {
      hash.update(piece, 'utf8');
      piece = '';
    }
  }
  return hash.update(piece, 'utf8').digest('hex');
}

/** The checksum of a repository without tags, which the verifier also gets from every failed request. */
export const EMPTY_CHECKSUM = repositoryChecksum([]);
