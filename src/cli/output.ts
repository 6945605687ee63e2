import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError, messageOf, UsageError } from '../errors.ts';

/** Text is written in pieces of about this size: a system call a line is slow, a whole report too large. */
const PIECE_BYTES = 256 * 1024;

/** A directory for a report, a file for a snapshot or a plan. */
const ROOM = 'Name a place with room and permission by --out.';

/** The one place that writes to standard output and report files. */
export interface Output {
  /**
   * Writes text to standard output; resolves when it is taken, so that a slow reader holds the writer back.
   * @throws AuditError `OUTPUT` when it cannot be written, but not for a reader that has seen enough
   */
  print(chunks: Iterable<string>): Promise<void>;
  /**
   * Writes a file of the report directory, whole or not at all: under a temporary name, then renamed. A device
   * or pipe that stands there is written into and stays what it is.
   * @throws AuditError `OUTPUT` when it cannot be written; what the chunks throw passes through
   */
  writeFile(directory: string, name: string, chunks: Iterable<string | Uint8Array>): string;
}

export function createOutput(stdout: NodeJS.WritableStream): Output {
  let closed = false;
  let fault: Error | null = null;
  let goOn = () => {};
  stdout.on('drain', () => goOn());
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no fault of the run; a full disk is.
    if (error.code !== 'EPIPE') fault ??= error;
    closed = true;
    goOn();
  });
  /** Resolves when the stream has taken what was written, or has failed to. */
  const taken = () => new Promise<void>((resolve) => stdout.write('', () => resolve()));
  return {
    async print(chunks) {
      for (const piece of pieces(chunks)) {
        if (closed) break;
        if (!stdout.write(piece)) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
      }
      if (!closed) await taken();
      if (fault !== null) {
        throw new AuditError('OUTPUT', `could not write to standard output: ${messageOf(fault)}`, {
          cause: fault,
        });
      }
    },
    writeFile(directory, name, chunks) {
      const path = join(directory, name);
      let temporary: string | null = null;
      try {
        makeDirectory(directory);
        const target = targetOf(path);
        if (target.special) {
          writePieces(target.path, 'w', chunks);
          return path;
        }
        temporary = temporaryOf(target.path);
        rmSync(temporary, { force: true });
        writePieces(temporary, 'wx', chunks);
        renameSync(temporary, target.path);
      } catch (cause) {
        if (temporary !== null) removeQuietly(temporary);
        // What made the text is not at fault for the disk, nor the disk for it.
        if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
        throw new AuditError('OUTPUT', `could not write ${resolve(path)}: ${messageOf(cause)}`, {
          cause,
          hint: ROOM,
        });
      }
      return path;
    },
  };
}

/**
 * Whether one file can be written at a path, said before a run of hours, not after it. Makes a file beside it, or in
 * the nearest directory that is there, and takes it away again: a mode says nothing of a file system that is read-only.
 *
 * @throws UsageError when a directory has that name, or a file one of its directories'; AuditError `OUTPUT` when
 *   nothing can be made there
 */
export function requireFilePlace(file: string): void {
  let directory = dirname(file);
  while (!existsSync(directory) && dirname(directory) !== directory) directory = dirname(directory);
  if (existsSync(directory) && !statSync(directory).isDirectory())
    throw new UsageError(`--out: ${directory} is a file, not a directory`);
  if (file.endsWith('/') || (existsSync(file) && statSync(file).isDirectory())) {
    throw new UsageError(`--out: ${file} is a directory, not a file`, {
      hint: 'Name a file in it.',
    });
  }
  try {
    const target = targetOf(file);
    if (target.special) {
      accessSync(target.path, constants.W_OK);
      return;
    }
    const temporary = temporaryOf(existsSync(file) ? target.path : join(directory, basename(file)));
    rmSync(temporary, { force: true });
    closeSync(openSync(temporary, 'wx', 0o600));
    rmSync(temporary);
  } catch (cause) {
    throw new AuditError('OUTPUT', `could not write ${resolve(file)}: ${messageOf(cause)}`, {
      cause,
      hint: ROOM,
    });
  }
}

/** The name under which a file is written until it is whole. */
function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** What is to be written: behind links, and whether something other than a file is there already. */
function targetOf(path: string): { path: string; special: boolean } {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { path, special: false };
  if (!found.isFile() && !found.isDirectory()) return { path, special: true };
  return { path: realpathSync(path), special: false };
}

function writePieces(path: string, flags: 'w' | 'wx', chunks: Iterable<string | Uint8Array>): void {
  // Reports name a customer's hosts and images: for their owner alone.
  const file = openSync(path, flags, 0o600);
  try {
    for (const piece of pieces(chunks)) writeFileSync(file, piece);
    if (flags === 'wx') fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Where the temporary file could not even be made, looking for it fails as well; the first reason is the one to tell. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function* pieces<T extends string | Uint8Array>(chunks: Iterable<T>): Generator<T | string> {
  let piece = '';
  for (const chunk of chunks) {
    if (typeof chunk !== 'string') {
      if (piece !== '') yield piece;
      piece = '';
      yield chunk;
      continue;
    }
    piece += chunk;
    if (piece.length >= PIECE_BYTES) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

/**
 * Makes a directory with its parents. Not by `recursive`, which never ends below `/proc`, where a directory
 * can be missing and not be made (nodejs/node).
 */
export function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    // Whatever the umask: nobody else puts a file or a link where reports and journals go.
    mkdirSync(directory, { mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Looks whether files can be made in a directory, or it with its parents could be made, and makes nothing.
 *
 * @throws what the system says; that a disk is full, for one, only the making itself can tell
 */
export function checkDirectory(directory: string): void {
  const parent = dirname(directory);
  if (!existsSync(directory) && parent !== directory) checkDirectory(parent);
  // The dot finds a file where a directory is needed.
  else accessSync(`${directory}/.`, constants.W_OK | constants.X_OK);
}

/**
 * Does a piece of work on files for the one at a path.
 *
 * @throws AuditError `OUTPUT` that names the path when the system refuses
 */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new AuditError('OUTPUT', `could not write ${path}: ${messageOf(cause)}`, {
      cause,
      hint: 'Name a directory with room and permission by --out.',
    });
  }
}

/**
 * The directory of a run that names none: `reports/<UTC time>-<command>`, with a number when one of the same
 * second is there. Ask once a run: the answer is another when it exists.
 */
export function defaultDirectory(command: string, startedAt: Date): string {
  const time = startedAt.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '');
  const first = join('reports', `${time}-${command}`);
  for (let number = 2, directory = first; ; number++) {
    if (!existsSync(directory)) return directory;
    directory = `${first}-${number}`;
  }
}
