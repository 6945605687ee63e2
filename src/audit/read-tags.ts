import { NARROW, WIDE } from '../core/accept.ts';
import { compareBytes } from '../core/byte-order.ts';
import { forEachConcurrent } from '../core/concurrency.ts';
import type { NarrowReading, ResolvedTag } from '../core/tag-reading.ts';
import { headManifest } from '../registry/manifests.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { isTagAnswer, resolveTag } from '../registry/resolve-tag.ts';
import type { ReadError, TagEntry } from '../report/snapshot.ts';
import { narrowWithoutAsking } from '../verifier/profiles.ts';
import { explainNarrowly, explainRefusals, siteFaultOf } from './explain-refusals.ts';
import { errorOfFault, errorOfRefusal, INTERRUPTED } from './read-failure.ts';
import { createReadingPool, type ReadingPool } from './reading-pool.ts';

/** When the narrow HEAD is sent: where its answer is not known, for every tag, or never. */
export type NarrowMode = 'auto' | 'all' | 'off';

export interface ReadTagsOptions {
  readonly narrow: NarrowMode;
  /** Shared by both sites of a comparison, so that what they answer alike is kept once. */
  readonly pool?: ReadingPool;
  /** Tags being read at once; the transport's limit is what holds. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each tag. */
  readonly onTag?: () => void;
}

/** What is known of a tag's digest before it is asked for: nothing, or what a listing said. */
export type KnownTag = { readonly name: string; readonly known?: ResolvedTag };

export interface TagsRead {
  /** Sorted by name in byte order. */
  readonly tags: readonly TagEntry[];
  readonly errors: readonly ReadError[];
  /** Every tag has a wide reading; every tag has a narrow one. */
  readonly complete: { readonly wide: boolean; readonly narrow: boolean };
}

type Wide =
  | { kind: 'resolved'; reading: ResolvedTag }
  | { kind: 'refused'; status: number }
  | { kind: 'failed'; error: ReadError };

/**
 * Resolves tags under the wide profile, and under the narrow one where asked.
 *
 * A tag that the site lists and answers with 400, 404, 406, 410 or, while its `/v2/` works, 5xx is
 * unresolvable: that is an answer. Everything else that is not a digest is a failure and carries no reading.
 */
export async function readTags(
  client: RegistryClient,
  path: string,
  wanted: readonly KnownTag[],
  options: ReadTagsOptions,
): Promise<TagsRead> {
  const { signal, concurrency, pool = createReadingPool() } = options;
  const wide = new Map<string, Wide>();
  const narrow = new Map<string, NarrowReading | ReadError>();
  await forEachConcurrent(wanted, concurrency, async ({ name, known }) => {
    if (signal?.aborted) {
      wide.set(name, { kind: 'failed', error: INTERRUPTED });
      return;
    }
    const answer: Wide = known
      ? { kind: 'resolved', reading: known }
      : await readWide(client, path, name, signal);
    wide.set(name, answer);
    if (answer.kind !== 'failed' && options.narrow !== 'off') {
      const listed = answer.kind === 'resolved' ? answer.reading : ({ state: 'unresolvable' } as const);
      const derived = options.narrow === 'all' ? null : narrowWithoutAsking(listed);
      narrow.set(name, derived ?? (await readNarrow(client, path, name, signal)));
    }
    options.onTag?.();
  });
  const refusedTags = [...wide].flatMap(([name, answer]) =>
    answer.kind === 'refused' ? [[name, answer.status] as const] : [],
  );
  const narrowFaults = [...narrow].filter(([, answer]) => 'state' in answer && (answer.status ?? 0) >= 500);
  const isAnySiteFault = narrowFaults.length > 0 || refusedTags.some(([, status]) => status >= 500);
  const siteFault = isAnySiteFault ? await siteFaultOf(client, signal) : null;
  // What a site said while it was failing as a whole is no answer under the narrow profile either.
  if (siteFault !== null) for (const [name] of narrowFaults) narrow.set(name, siteFault);
  const unresolvable = await explainRefusals(client, path, refusedTags, { concurrency, signal, siteFault });

  for (const [name, reason] of await explainNarrowly(client, path, narrowRefusals(wide, narrow), {
    concurrency,
    signal,
  })) {
    const answer = narrow.get(name);
    if (answer !== undefined && 'state' in answer) narrow.set(name, { ...answer, reason });
  }

  const tags: TagEntry[] = [];
  const errors = new ErrorGroups();
  let wideRead = 0;
  let narrowRead = 0;
  for (const name of wanted.map((tag) => tag.name).sort(compareBytes)) {
    const answer = wide.get(name);
    const read =
      answer?.kind === 'resolved'
        ? answer.reading
        : answer?.kind === 'failed'
          ? answer.error
          : unresolvable.get(name);
    if (read === undefined) continue;
    if (!('state' in read)) {
      errors.add(read, name);
      continue;
    }
    const answeredNarrowly = narrow.get(name) ?? null;
    const readNarrowly = answeredNarrowly !== null && 'state' in answeredNarrowly ? answeredNarrowly : null;
    if (answeredNarrowly !== null && readNarrowly === null) errors.add(answeredNarrowly as ReadError, name);
    const reading = { ...read, narrow: readNarrowly };
    tags.push({ name, reading: reading.state === 'resolved' ? pool.pooled(reading) : reading });
    wideRead++;
    if (readNarrowly !== null) narrowRead++;
  }
  const complete = { wide: wideRead === wanted.length, narrow: narrowRead === wanted.length };
  return { tags, errors: errors.list(), complete };
}

/** Tags that resolve widely and that the narrow HEAD refused; why others do not is explained widely already. */
function narrowRefusals(
  wide: ReadonlyMap<string, Wide>,
  narrow: ReadonlyMap<string, NarrowReading | ReadError>,
): (readonly [name: string, status: number])[] {
  return [...narrow].flatMap(([name, answer]) =>
    'state' in answer &&
    answer.state === 'unresolvable' &&
    answer.status !== null &&
    answer.status < 500 &&
    isTagAnswer(answer.status) &&
    wide.get(name)?.kind === 'resolved'
      ? [[name, answer.status] as const]
      : [],
  );
}

async function readWide(
  client: RegistryClient,
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<Wide> {
  try {
    const answer = await resolveTag(client, path, name, WIDE, signal);
    switch (answer.kind) {
      case 'resolved': {
        const { digest, mediaType } = answer;
        return { kind: 'resolved', reading: { state: 'resolved', digest, mediaType, narrow: null } };
      }
      case 'refused':
        return answer;
      case 'failed':
        return {
          kind: 'failed',
          error: errorOfRefusal(answer.refusal, `read the manifest of tags in ${path}`),
        };
    }
  } catch (fault) {
    return { kind: 'failed', error: errorOfFault(fault, signal) };
  }
}

async function readNarrow(
  client: RegistryClient,
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<NarrowReading | ReadError> {
  try {
    const head = await headManifest(client, path, name, NARROW, signal);
    if (head.kind === 'found') {
      // Without a digest header the verifier gets nil, whatever the body would say.
      const state = head.digest === null ? 'unresolvable' : 'resolved';
      return { state, digest: head.digest, status: 200, probed: true };
    }
    if (isTagAnswer(head.status)) {
      return { state: 'unresolvable', digest: null, status: head.status, probed: true };
    }
    const refusal = {
      status: head.status,
      code: null,
      message: `HTTP ${head.status} under the narrow Accept`,
    };
    return errorOfRefusal(refusal, `read the manifest of tags in ${path}`);
  } catch (fault) {
    return errorOfFault(fault, signal);
  }
}

/** Failures that differ only in the tag are one error that names the tags. */
class ErrorGroups {
  readonly #groups = new Map<string, ReadError & { tags: string[] }>();

  add(error: ReadError, tag: string): void {
    const key = `${error.code} ${error.status}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { ...error, tags: [tag] });
    else group.tags.push(tag);
  }

  list(): ReadError[] {
    return [...this.#groups.values()];
  }
}
