import { WIDE } from '../core/accept.ts';
import type { Clock } from '../core/clock.ts';
import type { Digest } from '../core/digest.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { resolveTag } from '../registry/resolve-tag.ts';
import { refusedAction } from './action-error.ts';

/** What a tag answers now. */
export type TagState =
  | { readonly kind: 'resolved'; readonly digest: Digest }
  /** Not there, or there and broken: a `HEAD` cannot tell. */
  | { readonly kind: 'unresolvable'; readonly status: number };

/** Distribution's answer about a tag whose link is broken. A higher one is a gateway's, and says nothing of the tag. */
const BROKEN_LINK = 500;

/**
 * Asks one site for one tag, widely, as the scan does. A tag that was not read never counts as unresolvable.
 *
 * @param site for messages
 * @throws ActionError when the answer is none about the tag; TransportError when no answer came
 */
export async function readTagState(
  client: RegistryClient,
  path: string,
  tag: string,
  site: string,
  signal?: AbortSignal,
): Promise<TagState> {
  const answer = await resolveTag(client, path, tag, WIDE, signal);
  if (answer.kind === 'resolved') return { kind: 'resolved', digest: answer.digest };
  const attempted = `read ${path}:${tag} on the ${site}`;
  if (answer.kind === 'failed') throw refusedAction(attempted, answer.refusal);
  const { status } = answer;
  if (status <= BROKEN_LINK) return { kind: 'unresolvable', status };
  throw refusedAction(attempted, { status, code: null, message: `HTTP ${status}` });
}

const MOST_READS = 6;
const PAUSE_MS = 50;

/**
 * As `readTagState`, for a tag that is expected to resolve: a 500 is asked again a few times. Distribution empties a
 * manifest's link for a moment whenever the manifest is pushed again, under whatever tag, and answers 500 to who
 * reads it then (measured: "invalid checksum digest format").
 */
export async function readSettledTag(
  client: RegistryClient,
  path: string,
  tag: string,
  site: string,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<TagState> {
  for (let attempt = 1; ; attempt++) {
    const state = await readTagState(client, path, tag, site, signal);
    if (state.kind === 'resolved' || state.status !== BROKEN_LINK || attempt === MOST_READS) return state;
    await clock.sleep(PAUSE_MS * attempt, signal);
  }
}

/** A state in words, for details. */
export function inWords(state: TagState): string {
  return state.kind === 'resolved' ? state.digest : `nothing that resolves (HTTP ${state.status})`;
}
