import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { AuditError, messageOf } from '../errors.ts';

/** A claim that was not renewed for so long is of a run that was killed, where nothing better is known; milliseconds. */
const STALE_MS = 5 * 60_000;
const RENEW_MS = 60_000;

/** Who has a claim. */
interface Claimant {
  readonly pid: number;
  readonly host: string;
  /** As `startTimeOf`; null where that was not known, and in a claim of an earlier release. */
  readonly startTime: number | null;
}

/** Lets go of a claim; more than once does no harm. */
export type Release = () => void;

/** A claim that was had, or who has it: `process 12 on host`. */
export type Claim =
  | { readonly kind: 'had'; readonly release: Release }
  | { readonly kind: 'taken'; readonly by: string };

/** Claims of this process, with their texts. In a container, a process often has the number of the one before it. */
const held = new Map<string, string>();
let renewing: NodeJS.Timeout | null = null;

/**
 * Claims something for this process alone, by making a file. A process of this machine has its claim for as long as it
 * is there, stopped or not. What a killed run leaves keeps nobody out: a claim of a process of this machine that is
 * gone, or one that was not renewed for five minutes, of another machine or where it cannot be known that the process
 * is still the same.
 *
 * @throws AuditError `OUTPUT` when the file cannot be made
 */
export function claimFile(path: string): Claim {
  if (!tryClaim(path)) {
    const text = textOf(path);
    if (isHeld(path, text) || !takeAway(path, text) || !tryClaim(path))
      return { kind: 'taken', by: claimantIn(textOf(path)) };
  }
  held.set(path, textOf(path));
  renewing ??= setInterval(renewAll, RENEW_MS).unref();
  let isReleased = false;
  return {
    kind: 'had',
    release() {
      // The next claim of the same thing is another's.
      if (!isReleased) release(path);
      isReleased = true;
    },
  };
}

function release(path: string): void {
  const text = held.get(path);
  held.delete(path);
  if (held.size === 0 && renewing !== null) {
    clearInterval(renewing);
    renewing = null;
  }
  // A run that was stopped for long may have lost its claim to one of another machine.
  if (textOf(path) === text) rmSync(path, { force: true });
}

/** False when the file is there already. */
function tryClaim(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new AuditError('OUTPUT', `could not write ${path}: ${messageOf(cause)}`, {
      cause,
      hint: 'Name a directory with room and permission by --out.',
    });
  }
  try {
    const { pid } = process;
    const claimant: Claimant = { pid, host: hostname(), startTime: startTimeOf(pid) };
    writeSync(file, `${JSON.stringify(claimant)}\n`);
  } catch {
    // A disk without room: an empty claim is one all the same, until it gets old.
  } finally {
    closeSync(file);
  }
  return true;
}

/** Empty where the file is gone by now. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** null where it says nothing, as between its making and its first line. */
function claimantOf(text: string): Claimant | null {
  try {
    const { pid, host, startTime } = JSON.parse(text) as Partial<Claimant>;
    if (typeof pid !== 'number' || typeof host !== 'string') return null;
    return { pid, host, startTime: typeof startTime === 'number' ? startTime : null };
  } catch {
    return null;
  }
}

function claimantIn(text: string): string {
  const claimant = claimantOf(text);
  return claimant === null ? 'another run' : `process ${claimant.pid} on ${claimant.host}`;
}

function isHeld(path: string, text: string): boolean {
  const claimant = claimantOf(text);
  if (claimant?.host === hostname()) {
    if (claimant.pid === process.pid) return held.has(path);
    if (!isRunning(claimant.pid)) return false;
    const startTime = startTimeOf(claimant.pid);
    // Numbers are given anew, and then the process is another's; a stopped one is still the claimant.
    if (claimant.startTime !== null && startTime !== null) return claimant.startTime === startTime;
  }
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched < STALE_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // Killed, and only its parent has not taken note yet; in a container without an init that never happens.
  return statOf(pid)?.[0] !== 'Z';
}

/** When a process was started: clock ticks since the machine's start; null where the system does not say. */
function startTimeOf(pid: number): number | null {
  const startTime = Number(statOf(pid)?.[19]);
  return Number.isSafeInteger(startTime) ? startTime : null;
}

/** What Linux says of a process: the fields of `/proc/<pid>/stat` from the third on, the state; else null. */
function statOf(pid: number): string[] | null {
  const text = textOf(`/proc/${pid}/stat`);
  // The second field is the command's name in parentheses, with whatever signs it has.
  const end = text.lastIndexOf(') ');
  return end === -1 ? null : text.slice(end + 2).split(' ');
}

/** Removes what was judged to be of no account; false when that is another run's by now, which gets it back. */
function takeAway(path: string, text: string): boolean {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Another run was faster; which of the two gets it, the next attempt says.
    return true;
  }
  if (textOf(aside) === text) {
    rmSync(aside, { force: true });
    return true;
  }
  renameSync(aside, path);
  return false;
}

function renewAll(): void {
  const now = new Date();
  for (const path of held.keys()) {
    try {
      utimesSync(path, now, now);
    } catch {
      // Removed by hand: whoever did it has said that the claim is of no account.
    }
  }
}
