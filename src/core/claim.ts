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

/** A claim that was not renewed for so long is of a run that was killed; milliseconds. */
const STALE_MS = 5 * 60_000;
const RENEW_MS = 60_000;

/** Who has a claim. */
interface Claimant {
  readonly pid: number;
  readonly host: string;
}

/** Lets go of a claim; more than once does no harm. */
export type Release = () => void;

/** A claim that was had, or who has it: `process 12 on host`. */
export type Claim =
  | { readonly kind: 'had'; readonly release: Release }
  | { readonly kind: 'taken'; readonly by: string };

/** Claims of this process. In a container, a process often has the number of the one before it. */
const held = new Set<string>();
let renewing: NodeJS.Timeout | null = null;

/**
 * Claims something for this process alone, by making a file. What a killed run leaves of its claim keeps nobody out: a
 * process of this machine that is gone, or one of another machine that has not renewed its claim for five minutes.
 *
 * @throws AuditError `OUTPUT` when the file cannot be made
 */
export function claimFile(path: string): Claim {
  if (!tryClaim(path)) {
    const text = textOf(path);
    if (isHeld(path, text) || !takeAway(path, text) || !tryClaim(path))
      return { kind: 'taken', by: claimantIn(textOf(path)) };
  }
  held.add(path);
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
  held.delete(path);
  if (held.size === 0 && renewing !== null) {
    clearInterval(renewing);
    renewing = null;
  }
  rmSync(path, { force: true });
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
    writeSync(file, `${JSON.stringify({ pid: process.pid, host: hostname() } satisfies Claimant)}\n`);
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
    const { pid, host } = JSON.parse(text) as Partial<Claimant>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
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
  }
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched < STALE_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
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
  for (const path of held) {
    try {
      utimesSync(path, now, now);
    } catch {
      // Removed by hand: whoever did it has said that the claim is of no account.
    }
  }
}
