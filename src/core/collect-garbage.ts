import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: ((options?: { readonly type: 'minor' }) => void) | null = null;

/**
 * Has garbage collected now: `minor` that of young objects, a millisecond; `major` all, some tens of them for a heap
 * of 100 MB. For the few places that know better than V8 when it is worth it.
 */
export function collectGarbage(type: 'minor' | 'major'): void {
  collect ??= collector();
  // Without an option it is all that is collected; V8 of Node 20 takes every option for the small collection.
  if (type === 'minor') collect({ type });
  else collect();
}

function collector(): NonNullable<typeof collect> {
  // The one way to get at it in a process that was not started with the flag.
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NonNullable<typeof collect>;
}
