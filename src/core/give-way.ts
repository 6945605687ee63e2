import { getPriority, setPriority } from 'node:os';

/** What `nice` would call 5: a quarter of a processor is left where another process wants all of it. */
const POLITE = 5;

/**
 * Lets whoever works on the same machine go first, which is the registry itself where a scan runs on its host. Each
 * answer wakes this process; as an equal it would take the processor from a registry in the middle of the next
 * answer, a thousand times a second. On a machine of its own it costs nothing. Whoever started it at a lower
 * priority keeps that; where priorities may not be set, all stays as it is.
 */
export function giveWay(): void {
  try {
    if (getPriority() < POLITE) setPriority(POLITE);
  } catch {
    // A courtesy: not allowed to, it is no reason to stop.
  }
}
