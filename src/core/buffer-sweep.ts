import { collectGarbage } from './collect-garbage.ts';

/** Streamed between two collections: about as much memory as a copy takes beyond what the program does. */
const BYTES_PER_SWEEP = 16 * 1024 * 1024;

let bytesSince = 0;

/**
 * Notes bytes that were streamed through this process, and has the garbage of young objects collected now and then.
 * The buffers lie outside of V8's heap, of which V8 takes notice after 64 MB only: a copy would take that much more
 * than it needs, or all the layer where the machine is busy (both measured).
 */
export function noteStreamed(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < BYTES_PER_SWEEP) return;
  bytesSince = 0;
  collectGarbage('minor');
}
