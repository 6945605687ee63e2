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
import { AuditError, messageOf, UsageError } from '../errors.ts';

/** A claim that was not renewed for so long is of a run that was killed; milliseconds. */
const STALE_MS = 5 * 60_000;
const RENEW_MS = 60_000;

/** Who writes a journal. */
interface Claimant {
  readonly pid: number;
  readonly host: string;
}

/** Lets go of a claim; more than once does no harm. */
export type Release = () => void;

/**
 * Claims a journal for this process, by a file beside it: two runs that go on with one journal would each take the
 * other's steps again, and write over its lines. What a killed run leaves of its claim keeps nobody out: a process of
 * this machine that is gone, or one of another machine that has not renewed its claim for five minutes.
 *
 * @throws UsageError when another run has it; AuditError `OUTPUT` when the claim cannot be written
 */
export function claimJournal(journal: string): Release {
  const path = `${journal}.lock`;
  if (!tryClaim(path)) {
    const text = textOf(path);
    if (isHeld(path, text)) throw taken(journal, path, text);
    takeAway(path, text, () => taken(journal, path, textOf(path)));
    if (!tryClaim(path)) throw taken(journal, path, textOf(path));
  }
  held.add(path);
  const renewing = setInterval(() => renew(path), RENEW_MS).unref();
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    clearInterval(renewing);
    held.delete(path);
    rmSync(path, { force: true });
  };
}

/** The claims of this process: in a container a process often has the number of the one before it. */
const held = new Set<string>();

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

function isHeld(path: string, text: string): boolean {
  const claimant = claimantOf(text);
  if (claimant?.host === hostname()) {
    if (claimant.pid === process.pid) return held.has(path);
    if (!isRunning(claimant.pid)) return false;
  }
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched < STALE_MS;
}

/** Removes what was judged to be of no account, and not what another run has put there since. */
function takeAway(path: string, text: string, otherwise: () => Error): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Another run was faster; which of the two gets it, the next attempt says.
    return;
  }
  if (textOf(aside) !== text) {
    renameSync(aside, path);
    throw otherwise();
  }
  rmSync(aside, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function renew(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Removed by hand: whoever did it has said that the claim is of no account.
  }
}

function taken(journal: string, path: string, text: string): UsageError {
  const claimant = claimantOf(text);
  const who = claimant === null ? 'another run' : `process ${claimant.pid} on ${claimant.host}`;
  return new UsageError(`the journal ${journal} is being written by ${who}`, {
    hint: `Wait for it to end. If it is not running any more, remove ${path}.`,
  });
}
