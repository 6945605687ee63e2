import { setMaxListeners } from 'node:events';
import { TransportError } from '../errors.ts';
import { onAbort } from '../http/on-abort.ts';
import type { ReadError } from '../report/snapshot.ts';
import { isAbsence, isSpent } from './site-fault.ts';

/** After so many tags in a row that had no answer, each asked as often as `--retries` says, the site itself is asked. */
const ENOUGH = 3;

/**
 * After so many looks that found the site well, with no tag answered in between, twice as many tags before each: 21 tags
 * in a row, each asked for as long as `--retries` says. Its storage is down, or what stands before its manifests.
 */
const MOST_LOOKS = 3;

/** Notices that a site is gone while its tags are read, so that the rest need not be asked for one by one. */
export interface Outage {
  /** Of all requests for the tags: the run's, and aborted as well when the site is gone. */
  readonly signal: AbortSignal;
  /** What is said of every tag that is left; null while the site is there, as far as is known. */
  readonly fault: ReadError | null;
  /** The site said something of a tag. */
  answered(): void;
  /** It said nothing of one, or 5xx, which may be the site's. Resolves when it is known what follows from it. */
  unanswered(error: ReadError): Promise<void>;
  /** Lets go of the run's signal. */
  end(): void;
}

/**
 * Watches one reading of one repository's tags: a site that is back by the next repository is read on.
 *
 * @param askSite see `siteFaultOf`
 * @param mostLooks after which the site is given up although its `/v2/` is well
 */
export function watchForOutage(
  path: string,
  askSite: () => Promise<ReadError | null>,
  signal: AbortSignal | undefined,
  mostLooks = MOST_LOOKS,
): Outage {
  const requests = new AbortController();
  // As many as wait for their next attempt at once; Node warns of more than ten.
  setMaxListeners(0, requests.signal);
  const interrupt = () => requests.abort(signal?.reason);
  if (signal?.aborted) interrupt();
  const unlisten = signal && onAbort(signal, interrupt);
  let inARow = 0;
  let enough = ENOUGH;
  let looks = 0;
  let fault: ReadError | null = null;
  let look: Promise<void> | null = null;

  async function lookAtSite(error: ReadError): Promise<void> {
    const found = await askSite();
    inARow = 0;
    look = null;
    if (signal?.aborted) return;
    if (found !== null && isAbsence(found)) giveUp(found);
    else if (isSpent(error) && ++looks === mostLooks) giveUp(inVain(path, error));
    // It is about these tags, and may be about others of them.
    else enough *= 2;
  }

  function giveUp(reason: ReadError): void {
    fault = reason;
    requests.abort(new TransportError('UNREACHABLE', reason.message));
  }

  return {
    signal: requests.signal,
    get fault() {
      return fault;
    },
    answered() {
      inARow = 0;
      looks = 0;
    },
    async unanswered(error) {
      inARow++;
      if (fault !== null || inARow < enough) return;
      look ??= lookAtSite(error);
      await look;
    },
    end: () => unlisten?.(),
  };
}

/** What is said of the tags that were not asked for, since those before them were asked for in vain. */
function inVain(path: string, { code, status, message }: ReadError): ReadError {
  return {
    code,
    status,
    message: `tag after tag of ${path} was asked for in vain, although /v2/ answers, and the rest was not: ${message}`,
    hint: "Look at the registry's log and storage, and at any proxy in front of it, and run again.",
  };
}
