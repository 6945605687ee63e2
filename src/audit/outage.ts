import { TransportError } from '../errors.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { ReadError } from '../report/snapshot.ts';
import { siteFaultOf } from './explain-refusals.ts';

/** After so many tags in a row that had no answer, each asked as often as `--retries` says, the site itself is asked. */
const ENOUGH = 3;

/** Notices that a site is gone while its tags are read, so that the rest need not be asked for one by one. */
export interface Outage {
  /** Of all requests for the tags: the run's, and aborted as well when the site is gone. */
  readonly signal: AbortSignal;
  /** What is said of every tag that is left; null while the site is there, as far as is known. */
  readonly fault: ReadError | null;
  /** The site said something of a tag. */
  answered(): void;
  /** It said nothing of one, or 5xx, which may be the site's. Resolves when it is known what follows from it. */
  unanswered(): Promise<void>;
  /** Lets go of the run's signal. */
  end(): void;
}

/** Watches one reading of one repository's tags: a site that is back by the next repository is read on. */
export function watchForOutage(client: RegistryClient, signal: AbortSignal | undefined): Outage {
  const requests = new AbortController();
  const interrupt = () => requests.abort(signal?.reason);
  if (signal?.aborted) interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  let inARow = 0;
  let enough = ENOUGH;
  let fault: ReadError | null = null;
  let look: Promise<void> | null = null;

  async function lookAtSite(): Promise<void> {
    const found = await siteFaultOf(client, signal);
    inARow = 0;
    look = null;
    // It is about these tags, and will be about others of them.
    if (found === null) enough *= 2;
    else if (!signal?.aborted) {
      fault = found;
      requests.abort(new TransportError('UNREACHABLE', found.message));
    }
  }

  return {
    signal: requests.signal,
    get fault() {
      return fault;
    },
    answered() {
      inARow = 0;
    },
    async unanswered() {
      inARow++;
      if (fault !== null || inARow < enough) return;
      look ??= lookAtSite();
      await look;
    },
    end() {
      signal?.removeEventListener('abort', interrupt);
    },
  };
}
