import { WIDE } from '../core/accept.ts';
import { compareBytes } from '../core/byte-order.ts';
import { forEachConcurrent } from '../core/concurrency.ts';
import type { UnresolvableTag } from '../core/tag-reading.ts';
import { getManifest } from '../registry/manifests.ts';
import { ping } from '../registry/ping.ts';
import type { Refusal, RegistryClient } from '../registry/registry-client.ts';
import type { ReadError } from '../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from './read-failure.ts';

/** The registry's words are asked for this many tags of a repository and status, so that the audit stays quiet. */
const MOST_EXPLANATIONS = 20;

/**
 * Turns refused tags into readings with the registry's words, or, where a 5xx turns out to be the whole
 * site's, into errors. Which tags are asked by GET is decided by byte order, so that two runs agree.
 */
export async function explainRefusals(
  client: RegistryClient,
  path: string,
  refused: ReadonlyArray<readonly [name: string, status: number]>,
  { concurrency, signal }: { concurrency: number; signal?: AbortSignal | undefined },
): Promise<Map<string, UnresolvableTag | ReadError>> {
  const byStatus = new Map<number, string[]>();
  for (const [name, status] of refused) {
    const names = byStatus.get(status);
    if (names === undefined) byStatus.set(status, [name]);
    else names.push(name);
  }
  const results = new Map<string, UnresolvableTag | ReadError>();
  if (byStatus.size === 0) return results;
  const siteFault = [...byStatus.keys()].some((status) => status >= 500)
    ? await siteFaultOf(client, signal)
    : null;
  for (const [status, names] of byStatus) {
    names.sort(compareBytes);
    if (status >= 500 && siteFault !== null) {
      for (const name of names) results.set(name, siteFault);
      continue;
    }
    for (const name of names.slice(MOST_EXPLANATIONS)) {
      const message = `HTTP ${status} (its words were asked for ${MOST_EXPLANATIONS} other tags of this status)`;
      results.set(name, unresolvableTag({ status, code: null, message }));
    }
    await forEachConcurrent(names.slice(0, MOST_EXPLANATIONS), concurrency, async (name) => {
      results.set(name, unresolvableTag(await explain(client, path, name, status, signal)));
    });
  }
  return results;
}

/** null when `/v2/` works, so that a 5xx is about the tag; the error of the site otherwise. */
async function siteFaultOf(
  client: RegistryClient,
  signal: AbortSignal | undefined,
): Promise<ReadError | null> {
  try {
    const answer = await ping(client, { signal });
    return answer.kind === 'ok'
      ? null
      : errorOfRefusal(answer.refusal, 'reach the registry after it answered 5xx');
  } catch (fault) {
    return errorOfFault(fault, signal);
  }
}

async function explain(
  client: RegistryClient,
  path: string,
  name: string,
  status: number,
  signal: AbortSignal | undefined,
): Promise<Refusal> {
  try {
    const answer = await getManifest(client, path, name, WIDE, signal);
    if (answer.kind === 'refused') return { status, code: answer.code, message: answer.message };
    return {
      status,
      code: null,
      message: `HEAD answers HTTP ${status}, although GET gives ${answer.digest}`,
    };
  } catch (fault) {
    return {
      status,
      code: null,
      message: `HTTP ${status}; its words could not be read: ${errorOfFault(fault, signal).message}`,
    };
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
