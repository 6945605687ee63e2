import type { SiteConnection } from '../audit/identify-site.ts';
import type { Clock } from '../core/clock.ts';
import type { CopyAction, DeleteAction } from '../report/plan.ts';
import type { Site } from '../report/report.ts';
import { ActionError } from './action-error.ts';
import { inWords, readSettledTag, readTagState, type TagState } from './tag-state.ts';

/** Whether an action may be carried out now. `secondary` is what its tag answered. */
export type Precondition =
  | { readonly kind: 'go'; readonly secondary: TagState }
  /** An earlier, interrupted run of the same plan did it and did not come to say so. */
  | { readonly kind: 'already' }
  | { readonly kind: 'skip'; readonly detail: string };

/** What a check needs beside the two tags. */
export interface CheckContext {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const CHANGED = 'changed since the plan';

/** What an earlier run of the plan left in the journal about an action. */
export interface PastAttempt {
  /** It began the action and did not end it. */
  readonly begun: boolean;
  /** Digests that it meant to put under the tag on its way to deleting it. */
  readonly placeholders: ReadonlySet<string>;
}

/** Both tags are read again immediately before a copy: the plan speaks of what was, the write is about what is. */
export async function checkCopy(
  sites: Readonly<Record<Site, SiteConnection>>,
  path: string,
  action: CopyAction,
  past: PastAttempt,
  context: CheckContext,
): Promise<Precondition> {
  const [primary, secondary] = await Promise.all([
    readSettledTag(sites.primary.client, path, action.tag, 'primary', context),
    readExpected(sites.secondary, path, action.tag, action.replaces, context),
  ]);
  if (!resolvesTo(primary, action.digest)) {
    return skip(`${CHANGED}: the primary's tag is now ${inWords(primary)}`);
  }
  if (resolvesTo(secondary, action.digest) && action.replaces !== action.digest) {
    return past.begun ? { kind: 'already' } : skip(`${CHANGED}: the secondary already has ${action.digest}`);
  }
  if (!resolvesTo(secondary, action.replaces)) {
    return skip(`${CHANGED}: the secondary's tag is now ${inWords(secondary)}`);
  }
  return { kind: 'go', secondary };
}

/**
 * Both tags are read again immediately before a delete. The primary must answer 404: anything less sure is no
 * ground to delete on. A placeholder of ours is no content that rests on the primary: it may always go.
 *
 * @throws ActionError when the primary gives no clear answer
 */
export async function checkDelete(
  sites: Readonly<Record<Site, SiteConnection>>,
  path: string,
  action: DeleteAction,
  past: PastAttempt,
  context: CheckContext,
): Promise<Precondition> {
  const secondary = await readExpected(sites.secondary, path, action.tag, action.expects, context);
  // Our own placeholder is nobody's content: it goes, whatever the primary has or answers by now.
  if (isOurs(secondary, past)) return { kind: 'go', secondary };
  const primary = await readTagState(sites.primary.client, path, action.tag, 'primary', context.signal);
  if (primary.kind === 'resolved') {
    return skip(`${CHANGED}: the primary has the tag again (${primary.digest})`);
  }
  if (primary.status !== 404) {
    const message = `the primary answers HTTP ${primary.status} for the tag, so that it may still have it`;
    throw new ActionError('REFUSED', message);
  }
  // After an attempt that did not end, the tag may be gone, or be left dangling.
  const isLeft = secondary.kind === 'unresolvable' && past.begun;
  if (isLeft || resolvesTo(secondary, action.expects)) return { kind: 'go', secondary };
  return skip(`${CHANGED}: the secondary's tag is now ${inWords(secondary)}`);
}

/** Whether a tag bears a placeholder that this run or the one before it put there. */
export function isOurs(secondary: TagState, past: PastAttempt): boolean {
  return secondary.kind === 'resolved' && past.placeholders.has(secondary.digest);
}

/** A tag that must not resolve is asked once; one that must is given the chance to. */
async function readExpected(
  { client }: SiteConnection,
  path: string,
  tag: string,
  expected: string | null,
  context: CheckContext,
): Promise<TagState> {
  if (expected === null) return readTagState(client, path, tag, 'secondary', context.signal);
  return readSettledTag(client, path, tag, 'secondary', context);
}

/** `null` stands for "does not resolve", which is no digest and equals none. */
function resolvesTo(state: TagState, digest: string | null): boolean {
  return digest === null
    ? state.kind === 'unresolvable'
    : state.kind === 'resolved' && state.digest === digest;
}

function skip(detail: string): Precondition {
  return { kind: 'skip', detail };
}
