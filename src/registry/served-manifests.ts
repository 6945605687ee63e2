import type { Digest } from '../core/digest.ts';

/** Where most tags have a manifest of their own, hardly one is met again: no more than these are remembered. */
export const MOST_DIGESTS = 20_000;

/** After so many answers of which none has its digest as `ETag`, none is looked for any more. */
const ANSWERS_WITHOUT_ETAG = 16;

/** Looks like a digest, and nothing has it: no tag leads there. */
export const NO_MANIFEST: Digest = `sha256:${'0'.repeat(64)}`;

/** What the answer to a `HEAD` of a tag said of its manifest. */
interface Served {
  readonly mediaType: string | null;
}

/** Whether one site was found to answer 304 where it must not; true for ever then. */
export interface Mistrust {
  isMistrusted: boolean;
}

/**
 * The manifests of one repository that its registry has served in this reading, by tag, under one Accept profile, and
 * with their digest as `ETag`. Of a tag that is thought to lead to one of them it is enough to ask whether it does, with
 * `If-None-Match`: a 304 says where the tag leads, and the earlier 200 that the manifest there can be read. That is two
 * proofs; the first alone would be none (`headKnownManifest`).
 *
 * Before a 304 is believed, the registry must have answered one question in full that no registry may answer by 304:
 * whether a tag leads to a digest that nothing has. What is in front of it, such as a cache, may be at fault as well.
 */
export class ServedManifests {
  readonly #site: Mistrust;
  /** null: served without its digest as `ETag`. */
  readonly #served = new Map<Digest, Served | null>();
  #trial: 'due' | 'under way' | 'passed' = 'due';
  #answers = 0;
  #hasEtags = false;

  constructor(site: Mistrust = { isMistrusted: false }) {
    this.#site = site;
  }

  /** Whether the registry can be asked by condition, as far as is known: it gives `ETag`s, and was not found out. */
  get mayBeAsked(): boolean {
    return (this.#hasEtags || this.#answers < ANSWERS_WITHOUT_ETAG) && !this.#site.isMistrusted;
  }

  /**
   * What to ask of a tag that is thought to lead to a digest: whether it leads to this one; null to ask in full. For
   * `NO_MANIFEST`, which is the trial, and whose answer is as full as any, `endTrial` must be called.
   */
  questionOf(expected: Digest): Digest | null {
    if (this.#site.isMistrusted || !this.#served.get(expected)) return null;
    if (this.#trial === 'passed') return expected;
    // One at a time: nothing is believed while one may yet be failed.
    if (this.#trial === 'under way') return null;
    this.#trial = 'under way';
    return NO_MANIFEST;
  }

  /** The trial was answered in full, or by something of which nothing follows, such as a refusal. */
  endTrial(isPassed: boolean): void {
    this.#trial = isPassed ? 'passed' : 'due';
  }

  /**
   * A 304 came to a question: where the tag leads, or null where that cannot be believed, and the site not any more.
   *
   * @param named what the answer itself names as `ETag` and as digest; most name nothing
   */
  onNotModified(
    question: Digest,
    named: { readonly etag: string | null; readonly digest: string | null },
  ): { readonly digest: Digest; readonly mediaType: string | null } | null {
    const served = question === NO_MANIFEST ? null : this.#served.get(question);
    const isConsistent =
      (named.etag === null || named.etag === `"${question}"`) &&
      (named.digest === null || named.digest === question);
    if (!served || !isConsistent) this.#site.isMistrusted = true;
    return served && !this.#site.isMistrusted ? { digest: question, mediaType: served.mediaType } : null;
  }

  /** A tag was given in full. */
  note(digest: Digest, mediaType: string | null, etag: () => string | null): void {
    this.#answers++;
    if (this.#served.has(digest) || this.#served.size >= MOST_DIGESTS) return;
    const isEtag = etag() === `"${digest}"`;
    if (isEtag) this.#hasEtags = true;
    this.#served.set(digest, isEtag ? { mediaType } : null);
  }
}
