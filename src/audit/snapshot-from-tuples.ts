import { compareBytes } from '../core/byte-order.ts';
import { isDigest } from '../core/digest.ts';
import { isTagName } from '../core/tag.ts';
import { UsageError } from '../errors.ts';
import { UNKNOWN_IDENTITY } from '../registry/ping.ts';
import { gitlabV1Fields } from '../report/has-gitlab-v1.ts';
import type { RepositorySnapshot, TagEntry } from '../report/snapshot.ts';
import type { TagTuple } from '../verifier/repository-checksum.ts';
import type { SnapshotParts } from './take-snapshot.ts';

/**
 * A snapshot of one repository from tuples that were read elsewhere, in a Rails console for instance.
 *
 * Tuples read widely are readings, a null digest being a tag that did not resolve. Tuples read narrowly say
 * nothing about what the tags really are: they give the narrow checksum, and every tag stays without a verdict.
 *
 * @throws UsageError for a name or digest that cannot be
 */
export function snapshotFromTuples(
  path: string,
  tuples: readonly TagTuple[],
  accept: 'narrow' | 'wide',
  url: string,
): SnapshotParts {
  const sorted = [...tuples].sort(([a], [b]) => compareBytes(a, b));
  for (const [index, tuple] of sorted.entries()) {
    const [name, digest]: TagTuple = tuple;
    if (!isTagName(name))
      throw new UsageError(`--from-tuples: ${JSON.stringify(String(name).slice(0, 140))} cannot be a tag`);
    if (digest !== null && !isDigest(digest))
      throw new UsageError(`--from-tuples: the digest of ${name} is not one`);
    if (sorted[index - 1]?.[0] === name) throw new UsageError(`--from-tuples: ${name} is there twice`);
  }
  const repository = accept === 'wide' ? readWidely(path, sorted) : readNarrowly(path, sorted);
  const registry = { ...UNKNOWN_IDENTITY, features: [], ...gitlabV1Fields(null) };
  return { identity: { url, registry }, clientPath: 'docker-v2', repositories: [repository], refused: false };
}

function readWidely(path: string, tuples: readonly TagTuple[]): RepositorySnapshot {
  const tags = tuples.map(([name, digest]): TagEntry => {
    if (digest !== null)
      return { name, reading: { state: 'resolved', digest, mediaType: null, narrow: null } };
    const reason = 'the tuples have no digest for it';
    return {
      name,
      reading: {
        state: 'unresolvable',
        digest: null,
        mediaType: null,
        status: null,
        reason,
        code: null,
        narrow: null,
      },
    };
  });
  return {
    path,
    present: true,
    tags,
    errors: [],
    complete: { wide: true, narrow: false },
    firstPage: null,
    gitlabV1: null,
  };
}

function readNarrowly(path: string, tuples: readonly TagTuple[]): RepositorySnapshot {
  const error = {
    code: 'NARROW_ONLY',
    status: null,
    message: 'the tuples were read with the narrow Accept, which does not tell what the tags are',
    hint: 'Read them with the wide Accept, or take a snapshot of the registry.',
    tags: tuples.map(([name]) => name),
  };
  return {
    path,
    present: true,
    tags: [],
    errors: tuples.length === 0 ? [] : [error],
    complete: { wide: tuples.length === 0, narrow: false },
    firstPage: null,
    gitlabV1: null,
    narrowOnly: tuples.map(([name, digest]): TagTuple => [name, digest]),
  };
}
