import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { schema, type Valid } from '../core/schema.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';
import { AuditError, messageOf, UsageError } from '../errors.ts';

const header = schema((z) =>
  z.object({
    kind: z.literal('reconcile-journal'),
    version: z.literal(1),
    planDigest: z.string(),
  }),
);

const entry = schema((z) =>
  z.discriminatedUnion('step', [
    z.object({
      id: z.string(),
      step: z.literal('begin'),
      type: z.enum(['copy', 'delete']),
      repository: z.string(),
      tag: z.string(),
    }),
    /** About to be pushed under the action's tag. */
    z.object({ id: z.string(), step: z.literal('placeholder'), digest: z.string() }),
    z.object({
      id: z.string(),
      step: z.enum(['done', 'skipped', 'failed']),
      detail: z.string(),
      bytes: z.int().min(0),
    }),
  ]),
);

/** One step of one action. Written, and on the disk, before the step is taken; ends are written after. */
export type JournalEntry = Valid<typeof entry>;

/** What a journal says of a plan's execution so far. */
export interface JournalPast {
  /** Actions that are done for good, by id. */
  readonly done: ReadonlyMap<string, { readonly detail: string; readonly bytes: number }>;
  /** Actions that were begun, but for those that were skipped, by id. */
  readonly begun: ReadonlySet<string>;
  /** Digests of placeholders that may have been pushed, by action. */
  readonly placeholders: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Journal {
  readonly past: JournalPast;
  /**
   * Appends a line and waits until it is on the disk.
   * @throws AuditError `OUTPUT`: the run must not write anything that its journal does not know
   */
  record(entry: JournalEntry): void;
  close(): void;
}

/**
 * Begins the journal of a plan's execution: JSON lines, append-only, readable by its owner alone.
 * @throws UsageError when the file is already there or cannot be made
 */
export function createJournal(path: string, planDigest: string): Journal {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (cause) {
    throw new UsageError(`cannot begin the journal ${path}: ${messageOf(cause)}`, {
      cause,
      hint: 'If it is the journal of a run that was stopped, go on with --resume.',
    });
  }
  const journal = open(file, path, readEntries([]));
  journal.writeHeader(planDigest);
  syncDirectory(path);
  return journal;
}

/**
 * Opens the journal of a run that was stopped, to go on with it. A last line that was cut off is taken away.
 * @throws UsageError when it cannot be read, is no journal, or is that of another plan
 */
export function resumeJournal(path: string, planDigest: string): Journal {
  let text: string;
  let file: number;
  try {
    text = readFileSync(path, 'utf8');
    file = openSync(path, 'r+');
  } catch (cause) {
    throw new UsageError(`cannot read the journal ${path}: ${messageOf(cause)}`, { cause });
  }
  try {
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').slice(0, -1);
    const past = parseJournal(lines, path, planDigest);
    const length = Buffer.byteLength(whole);
    ftruncateSync(file, length);
    const journal = open(file, path, past, length);
    // Killed in its very first line: nothing had been done yet.
    if (lines.length === 0) journal.writeHeader(planDigest);
    return journal;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * What a journal file says, without opening it for writing.
 * @throws UsageError as `resumeJournal`
 */
export function readJournal(path: string, planDigest: string): JournalPast {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the journal ${path}: ${messageOf(cause)}`, { cause });
  }
  return parseJournal(text.split('\n').slice(0, -1), path, planDigest);
}

function parseJournal(lines: readonly string[], path: string, planDigest: string): JournalPast {
  const [first, ...rest] = lines;
  if (first === undefined) return readEntries([]);
  const head = header().safeParse(parseLine(first));
  if (!head.success) throw new UsageError(`${path} is no reconcile journal`);
  if (head.data.planDigest !== planDigest) {
    throw new UsageError(`the journal ${path} belongs to another plan (${head.data.planDigest})`, {
      hint: 'Resume with the plan.json that lies beside the journal.',
    });
  }
  return readEntries(
    rest.map((line, index) => {
      const parsed = entry().safeParse(parseLine(line));
      if (!parsed.success) throw new UsageError(`line ${index + 2} of the journal ${path} cannot be read`);
      return parsed.data;
    }),
  );
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readEntries(entries: readonly JournalEntry[]): JournalPast {
  const done = new Map<string, { detail: string; bytes: number }>();
  const begun = new Set<string>();
  const placeholders = new Map<string, Set<string>>();
  for (const line of entries) {
    switch (line.step) {
      case 'begin':
        begun.add(line.id);
        break;
      case 'placeholder':
        placeholders.set(line.id, (placeholders.get(line.id) ?? new Set()).add(line.digest));
        break;
      case 'done':
        done.set(line.id, { detail: line.detail, bytes: line.bytes });
        break;
      case 'skipped':
        if (!placeholders.has(line.id)) begun.delete(line.id);
        break;
      case 'failed':
        // A request that failed for want of an answer may have been carried out all the same: it stays begun.
        break;
    }
  }
  return { done, begun, placeholders };
}

function open(
  file: number,
  path: string,
  past: JournalPast,
  at = 0,
): Journal & { writeHeader(planDigest: string): void } {
  let position = at;
  const write = (value: unknown) => {
    position += writeLine(file, path, value, position);
  };
  return {
    past,
    writeHeader: (planDigest) => write({ kind: 'reconcile-journal', version: 1, planDigest }),
    record: write,
    close: () => closeSync(file),
  };
}

function writeLine(file: number, path: string, value: unknown, position: number): number {
  const bytes = Buffer.from(`${escapeJsonText(JSON.stringify(value))}\n`);
  try {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(file, bytes, written, bytes.length - written, position + written);
    }
    fsyncSync(file);
    return bytes.length;
  } catch (cause) {
    throw new AuditError('OUTPUT', `could not write the journal ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** A new file is there for sure only when its directory says so. */
function syncDirectory(path: string): void {
  let directory: number | null = null;
  try {
    directory = openSync(dirname(path), 'r');
    fsyncSync(directory);
  } catch {
    // Not every file system lets a directory be synced; the lines themselves are.
  } finally {
    if (directory !== null) closeSync(directory);
  }
}
