import type { Digest } from '../core/digest.ts';
import { digestOf } from '../core/digest.ts';
import { isSchema1Type } from '../core/media-types.ts';
import { schema1Digest } from './schema1.ts';

/** A manifest as it was pushed: its own bytes, never re-serialised. */
export interface StoredManifest {
  readonly bytes: Uint8Array;
  /** What the registry sends as `Content-Type`. */
  readonly mediaType: string;
  /** When the registry learned of it; sorts nothing, shown by the GitLab v1 API. */
  readonly storedAt: Date;
}

/** A tag of a repository. `link` is `'broken'` for an empty or corrupt link file (`docs/facts.md` §5). */
export interface StoredTag {
  readonly link: Digest | 'broken';
  readonly createdAt: Date;
  /** When the link was last written: the v1 API's `published_at`. */
  readonly updatedAt: Date;
}

/** One repository of a registry. A tag may point at a manifest that is not there; that is half the point. */
export interface StoredRepository {
  readonly tags: Map<string, StoredTag>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly blobs: Map<Digest, Uint8Array>;
  /** True once a tag was written, also when it is gone again: Distribution lists tags only from then on. */
  tagged: boolean;
}

/**
 * What an embedded registry holds, in memory. Tests fill it directly, without HTTP and without the checks a
 * push goes through, so that states no push can make (dangling tags, missing layers) are one call away.
 */
export class RegistryStorage {
  readonly repositories = new Map<string, StoredRepository>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970, the time written on tags and manifests */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The repository of that path, made when it is not there. */
  repository(path: string): StoredRepository {
    const known = this.repositories.get(path);
    if (known) return known;
    const made: StoredRepository = { tags: new Map(), manifests: new Map(), blobs: new Map(), tagged: false };
    this.repositories.set(path, made);
    return made;
  }

  /**
   * Stores a manifest, and points `tag` at it when one is given.
   * @returns its digest; of the payload alone for signed schema 1
   */
  putManifest(path: string, bytes: Uint8Array, mediaType: string, tag?: string): Digest {
    const digest = isSchema1Type(mediaType) ? schema1Digest(bytes) : digestOf(bytes);
    const { manifests } = this.repository(path);
    if (!manifests.has(digest)) manifests.set(digest, { bytes, mediaType, storedAt: new Date(this.#now()) });
    if (tag !== undefined) this.setTag(path, tag, digest);
    return digest;
  }

  /** Stores a blob and gives its digest. */
  putBlob(path: string, bytes: Uint8Array): Digest {
    const digest = digestOf(bytes);
    this.repository(path).blobs.set(digest, bytes);
    return digest;
  }

  /** Points a tag at a digest, whether or not there is such a manifest. */
  setTag(path: string, tag: string, digest: Digest): void {
    this.#writeTag(path, tag, digest);
  }

  /** Empties the tag's link file: the tag is listed and cannot be resolved, until it is pushed again. */
  breakTagLink(path: string, tag: string): void {
    this.#writeTag(path, tag, 'broken');
  }

  #writeTag(path: string, tag: string, link: Digest | 'broken'): void {
    const repository = this.repository(path);
    const at = new Date(this.#now());
    const createdAt = repository.tags.get(tag)?.createdAt ?? at;
    repository.tags.set(tag, { link, createdAt, updatedAt: at });
    repository.tagged = true;
  }

  /** Takes a manifest away and leaves the tags that point at it dangling. False when it was not there. */
  removeManifest(path: string, digest: Digest): boolean {
    return this.repositories.get(path)?.manifests.delete(digest) ?? false;
  }

  /** Takes a blob away, whoever refers to it. False when it was not there. */
  removeBlob(path: string, digest: Digest): boolean {
    return this.repositories.get(path)?.blobs.delete(digest) ?? false;
  }

  /** Takes a tag away and leaves its manifest. False when it was not there. */
  deleteTag(path: string, tag: string): boolean {
    return this.repositories.get(path)?.tags.delete(tag) ?? false;
  }

  /** Takes a whole repository away. False when it was not there. */
  deleteRepository(path: string): boolean {
    return this.repositories.delete(path);
  }

  /** What the tag's link holds, or undefined when the tag is not there. */
  tagLink(path: string, tag: string): Digest | 'broken' | undefined {
    return this.repositories.get(path)?.tags.get(tag)?.link;
  }

  /** The tags that point at a digest, in the order they were first written. */
  tagsOf(path: string, digest: Digest): string[] {
    const tags = this.repositories.get(path)?.tags ?? new Map<string, StoredTag>();
    return [...tags].filter(([, tag]) => tag.link === digest).map(([name]) => name);
  }
}
