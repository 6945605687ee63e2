import { forEachConcurrent } from '../core/concurrency.ts';
import type { Digest } from '../core/digest.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { listedTags } from './delete-by-tag.ts';
import { readTagState, type TagState } from './tag-state.ts';

/** What a repository's tags on the secondary are, as far as a delete by digest has to know. */
export interface TagSurvey {
  /** Tags whose link is broken: while there is one, Distribution stumbles over every delete by digest. */
  readonly broken: Set<string>;
  /** How many tags bear a digest. */
  readonly bearers: ReadonlyMap<Digest, number>;
}

const SURVEYED_AT_ONCE = 8;
/** What Distribution answers about a broken tag, and to a delete that meets one (`docs/facts.md` §5, §6). */
export const BROKEN_LINK = 500;
/** Asked so often before a tag counts as broken: one whose manifest somebody is pushing answers so as well. */
const MOST_LOOKS = 4;

/**
 * Looks at every tag that the secondary lists.
 * @throws ActionError when the list or a tag cannot be read; TransportError when no answer came
 */
export async function surveyTags(client: RegistryClient, path: string): Promise<TagSurvey> {
  const broken = new Set<string>();
  const bearers = new Map<Digest, number>();
  const names = await listedTags(client, path, 'secondary');
  await forEachConcurrent(names, SURVEYED_AT_ONCE, async (name) => {
    const state = await stateUnlessBroken(client, path, name);
    if (state === null) broken.add(name);
    else if (state.kind === 'resolved') bearers.set(state.digest, (bearers.get(state.digest) ?? 0) + 1);
  });
  return { broken, bearers };
}

/** Whether a tag's link is broken now, and not only being written. Throws as `surveyTags`. */
export async function isBroken(client: RegistryClient, path: string, tag: string): Promise<boolean> {
  return (await stateUnlessBroken(client, path, tag)) === null;
}

async function stateUnlessBroken(
  client: RegistryClient,
  path: string,
  tag: string,
): Promise<TagState | null> {
  for (let look = 1; look <= MOST_LOOKS; look++) {
    const state = await readTagState(client, path, tag, 'secondary');
    if (state.kind === 'resolved' || state.status < BROKEN_LINK) return state;
  }
  return null;
}
