import type { Clock } from '../core/clock.ts';
import type { ReadError, RepositorySnapshot } from '../report/snapshot.ts';
import type { IdentifiedSite } from './identify-site.ts';
import { isAbsence, isSpent, siteFaultOf } from './site-fault.ts';

/** A site that is gone is looked for after pauses from here on, each twice the one before. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** Even a run that repeats nothing does not end over a registry's restart. */
const FEWEST_LOOKS = 2;
/** A site that gave nothing of so many repositories in a row, all retries long, is asked for no more of them. */
const MOST_IN_VAIN = 20;

/** What the readings of a run's repositories find out together: whether a site is there. */
export interface Presence {
  /** Why nothing more is asked of the site in this run; null while it is not given up. */
  readonly lost: ReadError | null;
  /** How often it was found to be gone so far. */
  readonly absences: number;
  /** Asks the site itself whether it is well; see `siteFaultOf`. */
  ask(): Promise<ReadError | null>;
  /**
   * Whether a repository is to be read once more, because the site was gone in the meantime and is back. Waits for it
   * where it is still gone; a site that does not come back is given up.
   *
   * @param before how often the site had been found to be gone when the reading began
   */
  isBack(read: RepositorySnapshot, before: number): Promise<boolean>;
  /** Resolves when nobody waits for the site. */
  settled(): Promise<void>;
}

export interface PresenceContext {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told when the waiting begins, and when it ends. */
  readonly onWaiting?: ((isWaiting: boolean) => void) | undefined;
}

/** Watches a site for the length of a run. */
export function watchPresence(
  { client, fault, looks = FEWEST_LOOKS }: Pick<IdentifiedSite, 'client' | 'fault' | 'looks'>,
  { clock, signal, onWaiting }: PresenceContext,
): Presence {
  const mostLooks = Math.max(looks, FEWEST_LOOKS);
  // One that was not there to begin with is not waited for: its URL may be wrong.
  let lost = fault;
  let absences = 0;
  let inVain = 0;
  let waiting: Promise<void> | null = null;

  async function ask(maxRetries?: number): Promise<ReadError | null> {
    const found = await siteFaultOf(client, signal, maxRetries);
    if (found !== null && isAbsence(found)) absences++;
    return found;
  }

  async function waitForSite(): Promise<void> {
    const since = clock.now();
    let found = await ask();
    if (found === null || !isAbsence(found)) return;
    onWaiting?.(true);
    let pause = FIRST_PAUSE_MS;
    for (let look = 0; found !== null && isAbsence(found) && look < mostLooks; look++) {
      try {
        await clock.sleep(pause, signal);
      } catch {
        // Interrupted: what that leaves unread is told as such.
        return;
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      found = await ask(0);
    }
    onWaiting?.(false);
    if (found !== null && isAbsence(found)) lost ??= goneFor(found, clock.now() - since);
  }

  function noteInVain(read: RepositorySnapshot): void {
    const error = read.tags.length === 0 ? read.errors.find(isSpent) : undefined;
    inVain = error === undefined ? 0 : inVain + 1;
    if (error !== undefined && inVain >= MOST_IN_VAIN) lost ??= inVainFor(error);
  }

  return {
    get lost() {
      return lost;
    },
    get absences() {
      return absences;
    },
    ask: () => ask(),
    async isBack(read, before) {
      if (lost !== null || signal?.aborted) return false;
      if (!read.errors.some(isAbsence)) {
        inVain = 0;
        return false;
      }
      waiting ??= waitForSite().finally(() => {
        waiting = null;
      });
      await waiting;
      if (lost !== null || signal?.aborted) return false;
      if (absences > before) return true;
      noteInVain(read);
      return false;
    },
    async settled() {
      await waiting;
    },
  };
}

function goneFor(error: ReadError, milliseconds: number): ReadError {
  const seconds = Math.round(milliseconds / 1000);
  return {
    ...error,
    message: `${error.message}; it was waited for in vain for ${seconds} s and asked for nothing more`,
  };
}

function inVainFor({ code, status, message }: ReadError): ReadError {
  return {
    code,
    status,
    message: `${MOST_IN_VAIN} repositories in a row were asked for in vain, although /v2/ answers, and no more were: ${message}`,
    hint: "Look at the registry's log and storage, and at any proxy in front of it, and run again.",
  };
}
