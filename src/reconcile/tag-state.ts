import { WIDE } from '../core/accept.ts';
import type { Clock } from '../core/clock.ts';
import type { Digest } from '../core/digest.ts';
import { getManifest, headManifest } from '../registry/manifests.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { ActionError } from './action-error.ts';

/** What a tag answers now. */
export type TagState =
  | { readonly kind: 'resolved'; readonly digest: Digest }
  /** Not there, or there and broken: a `HEAD` cannot tell. */
  | { readonly kind: 'unresolvable'; readonly status: number };

/** The statuses that are an answer about the tag; 5xx is one too on Distribution with a broken link. */
const ANSWERS = new Set([400, 404, 406, 410]);

/**
 * Asks one site for one tag, widely, as the scan does.
 *
 * @param site for messages
 * @throws ActionError when the site refuses to answer; TransportError when no answer came
 */
export async function readTagState(
  client: RegistryClient,
  path: string,
  tag: string,
  site: string,
  signal?: AbortSignal,
): Promise<TagState> {
  const head = await headManifest(client, path, tag, WIDE, signal);
  if (head.kind === 'found' && head.digest !== null) return { kind: 'resolved', digest: head.digest };
  if (head.kind === 'found') {
    const manifest = await getManifest(client, path, tag, WIDE, signal);
    if (manifest.kind === 'found') return { kind: 'resolved', digest: manifest.digest };
    return { kind: 'unresolvable', status: manifest.status };
  }
  if (ANSWERS.has(head.status) || head.status >= 500) return { kind: 'unresolvable', status: head.status };
  const message = `could not read ${path}:${tag} on the ${site}: HTTP ${head.status}`;
  throw new ActionError('REFUSED', message, { status: head.status, code: null, message });
}

const MOST_READS = 6;
const PAUSE_MS = 50;

/**
 * As `readTagState`, for a tag that is expected to resolve: a 5xx is asked again a few times. Distribution empties a
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
    if (state.kind === 'resolved' || state.status < 500 || attempt === MOST_READS) return state;
    await clock.sleep(PAUSE_MS * attempt, signal);
  }
}

/** A state in words, for details. */
export function inWords(state: TagState): string {
  return state.kind === 'resolved' ? state.digest : `nothing that resolves (HTTP ${state.status})`;
}
