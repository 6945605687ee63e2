import { NARROW, WIDE } from '../core/accept.ts';
import { compareBytes } from '../core/byte-order.ts';
import { type ConcurrencyLimit, forEachConcurrent } from '../core/concurrency.ts';
import type { UnresolvableTag } from '../core/tag-reading.ts';
import { AuditError } from '../errors.ts';
import { getManifest } from '../registry/manifests.ts';
import type { Refusal, RegistryClient } from '../registry/registry-client.ts';
import type { ReadError } from '../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from './read-failure.ts';

/** The registry's words are asked for this many tags of a repository and status, so that the audit stays quiet. */
export const MOST_EXPLANATIONS = 20;

/** A `GET` so refused tells that the tag may not be read, whatever the `HEAD` before it said. */
const NO_ANSWER = new Set([401, 403, 429]);

export interface ExplainOptions {
  readonly concurrency: ConcurrencyLimit;
  readonly signal?: AbortSignal | undefined;
  /** What `siteFaultOf` says, where a tag was answered with 5xx: then none of those is about the tag. */
  readonly siteFault: ReadError | null;
}

/**
 * Turns refused tags into readings with the registry's words. A 5xx that is the whole site's, and a 404 that is
 * not the registry's own, become errors. Which tags are asked by GET is decided by byte order, so that two runs
 * agree.
 */
export async function explainRefusals(
  client: RegistryClient,
  path: string,
  refused: ReadonlyArray<readonly [name: string, status: number]>,
  { concurrency, signal, siteFault }: ExplainOptions,
): Promise<Map<string, UnresolvableTag | ReadError>> {
  const results = new Map<string, UnresolvableTag | ReadError>();
  for (const [status, names] of byStatus(refused)) {
    if (status >= 500 && siteFault !== null) {
      for (const name of names) results.set(name, siteFault);
      continue;
    }
    const ask = (some: readonly string[]) =>
      forEachConcurrent(some, concurrency, async (name) => {
        results.set(name, await explain(client, path, name, status, signal));
      });
    const asked = names.slice(0, MOST_EXPLANATIONS);
    const others = names.slice(MOST_EXPLANATIONS);
    await ask(asked);
    // Somebody else than the registry answers for some of them, so nothing follows for the others.
    if (asked.some((name) => !isReading(results.get(name)))) {
      await ask(others);
      continue;
    }
    for (const name of others) results.set(name, withoutWords({ status, narrow: null }));
  }
  return results;
}

/** The reading of an unresolvable tag whose words were not asked for, since those of enough others were. */
export function withoutWords({
  status,
  narrow,
}: Pick<UnresolvableTag, 'status' | 'narrow'>): UnresolvableTag {
  const reason = `HTTP ${status} (its words were asked for ${MOST_EXPLANATIONS} other tags of this status)`;
  return { state: 'unresolvable', digest: null, mediaType: null, status, reason, code: null, narrow };
}

/**
 * The registry's own words for a tag that resolves widely and that the narrow `HEAD` refused, asked by one `GET` with
 * the same Accept: of all tags that a repository refuses with one status one is asked, since they only repeat
 * that narrow takes no index. null when the words could not be had.
 */
export async function explainNarrowly(
  client: RegistryClient,
  path: string,
  name: string,
  status: number,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const answer = await getManifest(client, path, name, NARROW, signal);
    return answer.kind === 'found'
      ? `HEAD answers HTTP ${status}, although GET gives ${answer.digest}`
      : answer.message;
  } catch (fault) {
    // The status is the evidence; its words are a courtesy.
    if (!(fault instanceof AuditError) && !signal?.aborted) throw fault;
    return null;
  }
}

/** Names by status, those of each in byte order. */
function byStatus(refused: ReadonlyArray<readonly [name: string, status: number]>): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const [name, status] of refused) {
    const names = groups.get(status);
    if (names === undefined) groups.set(status, [name]);
    else names.push(name);
  }
  for (const names of groups.values()) names.sort(compareBytes);
  return groups;
}

function isReading(result: UnresolvableTag | ReadError | undefined): boolean {
  return result !== undefined && 'state' in result;
}

async function explain(
  client: RegistryClient,
  path: string,
  name: string,
  status: number,
  signal: AbortSignal | undefined,
): Promise<UnresolvableTag | ReadError> {
  try {
    const answer = await getManifest(client, path, name, WIDE, signal);
    if (answer.kind === 'found') {
      const message = `HEAD answers HTTP ${status}, although GET gives ${answer.digest}`;
      return unresolvableTag({ status, code: null, message });
    }
    // A registry names an error code (OCI distribution-spec, "Error Codes"); a page of a proxy's says nothing
    // of the tag, and a tag that was not read must never look deletable.
    if ((answer.code === null && status < 500) || NO_ANSWER.has(answer.status))
      return errorOfRefusal(answer, `read the manifest of tags in ${path}`);
    return unresolvableTag({ status, code: answer.code, message: answer.message });
  } catch (fault) {
    // Whether the refusal was the registry's own is what this was to find out.
    return errorOfFault(fault, signal);
  }
}

function unresolvableTag({ status, code, message }: Refusal): UnresolvableTag {
  return {
    state: 'unresolvable',
    digest: null,
    mediaType: null,
    status,
    reason: message,
    code,
    narrow: null,
  };
}
