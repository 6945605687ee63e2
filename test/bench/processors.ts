import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { findExecutable } from '../support/child-process.ts';

const taskset = findExecutable(['taskset']);

/** Whether processes can be held to some of the processors here: two at least, and `taskset` (util-linux). */
export const CAN_HOLD_PROCESSES = taskset !== null && cpus().length > 1;

/**
 * Starts servers that have the first processor for themselves: this process, and what it starts from now on, have
 * the others. `release` gives this process all of them again.
 * @throws Error of taskset, and whatever `start` throws
 */
export async function withProcessorOfTheirOwn<Servers>(
  start: () => Promise<Servers>,
): Promise<{ readonly servers: Servers; release(): void }> {
  const last = cpus().length - 1;
  const release = (): void => holdTo(`0-${last}`);
  // A process begins where the one that starts it is held.
  holdTo('0');
  try {
    const servers = await start();
    holdTo(`1-${last}`);
    return { servers, release };
  } catch (error) {
    release();
    throw error;
  }
}

function holdTo(processors: string): void {
  if (taskset === null) throw new Error('no taskset (util-linux) on PATH');
  execFileSync(taskset, ['--all-tasks', '--cpu-list', '--pid', processors, String(process.pid)]);
}
