import { createHash } from 'node:crypto';

/** A content digest in its wire form, e.g. `sha256:e3b0c442…` (64 or 128 lower-case hex digits). */
export type Digest = string;

const DIGEST = /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/;

/** Says whether a text from outside is a digest of an algorithm registries accept (OCI image-spec, descriptor). */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** The `sha256:` digest of the given bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** True when the bytes hash to the digest, under the digest's own algorithm. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  const algorithm = digest.slice(0, digest.indexOf(':'));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` === digest;
}
