import type { Digest } from '../core/digest.ts';

/** Where most tags have a manifest of their own, hardly one is met again: no more than these are remembered. */
const MOST_DIGESTS = 20_000;

/** In the form of a digest, and that of nothing: no tag leads there. */
export const NO_MANIFEST: Digest = `sha256:${'0'.repeat(64)}`;

/** What stands of a manifest in the answer to a `HEAD` of a tag. */
interface Served {
  readonly mediaType: string | null;
}

/**
 * The manifests of one repository that its registry has just served under one Accept profile, whole and by tag, with
 * their digest as `ETag`. Of a tag that is thought to lead to one of them it is enough to ask whether it does, with
 * `If-None-Match`: a 304 says where the tag leads, and the earlier 200 that what is there is given. That is two
 * proofs; the first alone would be none (`headKnownManifest`).
 *
 * Before a 304 is believed the registry has to answer a question that no registry may answer so: whether a tag leads
 * to a digest that is of nothing. What is in front of it, such as a cache, may be at fault as well.
 */
export class ServedManifests {
  /** null: served without its digest as `ETag`. */
  readonly #served = new Map<Digest, Served | null>();
  #trust: 'untried' | 'earned' | 'lost' = 'untried';

  /**
   * What to ask of a tag that is thought to lead to a digest: whether it leads to this one; null to ask in full.
   * `NO_MANIFEST` is the question by which trust is earned: the answer to it is as full as any.
   */
  questionOf(expected: Digest): Digest | null {
    if (this.#trust === 'lost' || !this.#served.get(expected)) return null;
    return this.#trust === 'earned' ? expected : NO_MANIFEST;
  }

  /** A 304 came to a question: what the tag leads to, or null where that cannot be believed. */
  confirmed(question: Digest): { readonly digest: Digest; readonly mediaType: string | null } | null {
    const served = question === NO_MANIFEST ? null : this.#served.get(question);
    if (served) return { digest: question, mediaType: served.mediaType };
    this.#trust = 'lost';
    return null;
  }

  /** A tag was given in full, as a question may have been answered. */
  note(digest: Digest, mediaType: string | null, etag: () => string | null, question: Digest | null): void {
    if (question === NO_MANIFEST && this.#trust === 'untried') this.#trust = 'earned';
    if (this.#served.has(digest) || this.#served.size >= MOST_DIGESTS) return;
    this.#served.set(digest, etag() === `"${digest}"` ? { mediaType } : null);
  }
}
