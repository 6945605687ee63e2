import { createHash } from 'node:crypto';
import { compareBytes } from '../../../src/core/byte-order.ts';
import { MediaType } from '../../../src/core/media-types.ts';
import type { NarrowReading, ResolvedTag, UnresolvableTag } from '../../../src/core/tag-reading.ts';
import type { RepositorySnapshot } from '../../../src/report/snapshot.ts';

export const PATH = 'group/project';

/** The digest that stands for a text. */
export function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** What a narrow probe found: a digest, nil, or (null) that it was not read. */
export function narrow(
  answer: string | 'nil' | null,
  status = answer === 'nil' ? 404 : 200,
): NarrowReading | null {
  if (answer === null) return null;
  if (answer === 'nil') return { state: 'unresolvable', digest: null, status, probed: true };
  return { state: 'resolved', digest: answer, status, probed: true };
}

/** A plain image: narrow sees what wide sees. */
export function image(text: string): ResolvedTag {
  const same = { state: 'resolved', digest: digest(text), status: null, probed: false } as const;
  return { state: 'resolved', digest: digest(text), mediaType: MediaType.ociManifest, narrow: same };
}

/** An OCI index: hidden from narrow. */
export function index(text: string, narrowly: NarrowReading | null = narrow('nil')): ResolvedTag {
  return { state: 'resolved', digest: digest(text), mediaType: MediaType.ociIndex, narrow: narrowly };
}

/** A Docker manifest list, which narrow sees as its child. */
export function list(text: string, child: string): ResolvedTag {
  const narrowly = narrow(digest(child));
  return { state: 'resolved', digest: digest(text), mediaType: MediaType.dockerList, narrow: narrowly };
}

/** A listed tag without a digest. */
export function broken(given: Partial<UnresolvableTag> = {}): UnresolvableTag {
  return {
    state: 'unresolvable',
    digest: null,
    mediaType: null,
    status: 404,
    reason: 'manifest unknown (unknown tag=latest)',
    code: 'MANIFEST_UNKNOWN',
    narrow: { state: 'unresolvable', digest: null, status: null, probed: false },
    ...given,
  };
}

/** One repository as a site gave it, complete unless told otherwise. */
export function snapshot(
  tags: Readonly<Record<string, ResolvedTag | UnresolvableTag>>,
  given: Partial<RepositorySnapshot> = {},
): RepositorySnapshot {
  const entries = Object.entries(tags).map(([name, reading]) => ({ name, reading }));
  entries.sort((a, b) => compareBytes(a.name, b.name));
  return {
    path: PATH,
    present: true,
    tags: entries,
    errors: [],
    complete: { wide: true, narrow: entries.every(({ reading }) => reading.narrow !== null) },
    firstPage: entries.length,
    gitlabV1: null,
    ...given,
  };
}

/** A site whose tag list could not be read. */
export function unreadable(code: string, status: number | null): RepositorySnapshot {
  return snapshot(
    {},
    {
      present: null,
      errors: [{ code, status, message: `could not read the tag list of ${PATH}` }],
      complete: { wide: false, narrow: false },
      firstPage: null,
    },
  );
}

/** A site that does not know the repository. */
export function unknown(): RepositorySnapshot {
  return snapshot({}, { present: false, firstPage: null });
}
