import type { Clock } from '../core/clock.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { DeleteAction } from '../report/plan.ts';
import { createPlaceholderDeleter } from './delete-by-placeholder.ts';
import { type DeleteCapability, deleteByTag } from './delete-by-tag.ts';
import type { JournalEntry } from './journal.ts';
import type { Precondition } from './preconditions.ts';

export interface DeleteContext {
  readonly secondary: RegistryClient;
  /** What was learnt of the registry, shared by the run. */
  readonly capability: DeleteCapability;
  /** For the pause before another attempt. */
  readonly clock: Clock;
  /** Never gives the same text twice. */
  readonly newId: () => string;
  readonly record: (entry: JournalEntry) => void;
  /** Reads both sites' tag again and compares it with the plan. */
  readonly check: (action: DeleteAction) => Promise<Precondition>;
}

export type DeleteOutcome = { readonly outcome: 'done' | 'skipped'; readonly detail: string };

/** Deletes tags of one repository, one at a time; none of their siblings is ever touched. */
export interface TagDeleter {
  /**
   * Removes one tag: by tag where that works (tried, never believed from `OPTIONS`), else by a placeholder.
   * The tag is read again immediately before each write.
   *
   * @throws ActionError, TransportError, AuthError: what the tag is then, the message says
   */
  delete(action: DeleteAction): Promise<DeleteOutcome>;
  /** Whether this run put a placeholder under the tag, and `delete` did not say yet what became of it. */
  isHalfway(action: DeleteAction): boolean;
}

/**
 * @param doomed every delete of the repository that is still to be done: broken tags among them must be repaired
 *   before the first delete by digest (`docs/facts.md` §6)
 */
export function createTagDeleter(
  context: DeleteContext,
  path: string,
  doomed: readonly DeleteAction[],
): TagDeleter {
  const placeholders = createPlaceholderDeleter(context, path, doomed);
  return {
    isHalfway: placeholders.isHalfway,
    async delete(action) {
      const state = await context.check(action);
      if (state.kind === 'skip') return { outcome: 'skipped', detail: state.detail };
      if (state.kind === 'already') return { outcome: 'done', detail: 'done by the run before this one' };
      const { secondary } = state;
      // Neither what the plan says nor nothing: it is a placeholder of an earlier attempt.
      if (secondary.kind === 'resolved' && secondary.digest !== action.expects) {
        return placeholders.delete(action, secondary.digest);
      }
      const how = await deleteByTag(context.secondary, context.capability, path, action.tag);
      if (how !== null) return { outcome: 'done', detail: how };
      return placeholders.delete(action);
    },
  };
}
