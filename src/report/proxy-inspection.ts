import type { ReadError } from './snapshot.ts';

/** A platform of an index, with the digest it has. */
export interface PlatformDigest {
  /** `linux/arm/v7`; null when the index does not say. */
  readonly platform: string | null;
  readonly digest: string;
  readonly mediaType: string | null;
}

/** What the dependency proxy answered. */
export interface ProxyAnswer {
  /** `manifest`: a manifest. `page`: HTML. `refusal`: a registry's error. `other`: none of them. */
  readonly kind: 'manifest' | 'page' | 'refusal' | 'other';
  readonly status: number;
  readonly contentType: string | null;
  /** Of the bytes of a manifest; null for anything else. */
  readonly digest: string | null;
  /** The registry's words, or the first words of the page. */
  readonly message: string | null;
  /** Of an index. */
  readonly platforms: readonly PlatformDigest[];
}

/** The image where the proxy gets it from. */
export interface UpstreamAnswer {
  readonly url: string;
  readonly repository: string;
  readonly status: number;
  readonly mediaType: string | null;
  readonly digest: string | null;
  readonly isIndex: boolean;
  readonly message: string | null;
  readonly platforms: readonly PlatformDigest[];
}

export interface ProxyInspection {
  readonly proxy: { readonly url: string; readonly repository: string; readonly reference: string };
  /**
   * `ANSWERS`: it gives what upstream has. `ONE_PLATFORM`: a child of upstream's list in its place, which clients
   * of that platform can pull. `HIDES_INDEX`: it refuses an index and answers for the platforms below it.
   * `DIFFERENT`: it gives something else. `REFUSES`: it does not give the image, for another or an unknown reason.
   */
  readonly verdict: 'ANSWERS' | 'ONE_PLATFORM' | 'HIDES_INDEX' | 'DIFFERENT' | 'REFUSES' | 'INCOMPLETE';
  readonly causes: readonly string[];
  /** What it means, in a sentence; a guess is worded as one. */
  readonly says: string;
  readonly answer: ProxyAnswer | null;
  /** What the proxy answered for one of the index's platforms by digest; null when it was not asked. */
  readonly platformAnswer: (ProxyAnswer & { readonly asked: string }) | null;
  /** null when none was named, or it could not be read. */
  readonly upstream: UpstreamAnswer | null;
  /** The commands that pull each platform through the proxy. */
  readonly pull: ReadonlyArray<{ readonly platform: string | null; readonly command: string }>;
  readonly errors: readonly ReadError[];
}
