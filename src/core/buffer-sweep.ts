import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Streamed between two collections: about as much memory as a copy takes beyond what the program does. */
const BYTES_PER_SWEEP = 16 * 1024 * 1024;

let collect: ((options: { readonly type: 'minor' }) => void) | null = null;
let bytesSince = 0;

/**
 * Notes bytes that were streamed through this process, and has the garbage of young objects collected now and then.
 * The buffers lie outside of V8's heap, of which V8 takes notice after 64 MB only: a copy would take that much more
 * than it needs, or all the layer where the machine is busy (both measured). A collection takes a millisecond.
 */
export function noteStreamed(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < BYTES_PER_SWEEP) return;
  bytesSince = 0;
  collect ??= collector();
  collect({ type: 'minor' });
}

function collector(): NonNullable<typeof collect> {
  // The one way to get at it in a process that was not started with the flag.
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NonNullable<typeof collect>;
}
