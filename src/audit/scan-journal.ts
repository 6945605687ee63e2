import { createHash, type Hash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { compareBytes } from '../core/byte-order.ts';
import { type List, lazyList } from '../core/list.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';
import { AuditError, messageOf } from '../errors.ts';
import type { RepositoryReport } from '../report/report.ts';
import { type JournalHead, type KeptRepository, linesBetween, readJournal } from './read-scan-journal.ts';
import type { Finality, RepositoryStore } from './repository-store.ts';
import { fromChunks, type TagChunk, toChunks } from './tag-chunks.ts';

/** Lines are written in pieces of about this many characters. */
const PIECE_LENGTH = 256 * 1024;

/** A store in a file, and what a later run needs to know of it. */
export interface ScanJournal extends RepositoryStore {
  /**
   * Repositories of the selection that an earlier run had finished, when the first of them was read, and how many
   * others the journal holds; null for a new journal.
   */
  readonly resumed: {
    readonly startedAt: string;
    readonly repositories: number;
    readonly oldest: string;
    readonly leftOut: number;
  } | null;
  /** How many repositories a later run, of whatever selection, would not have to read again. */
  completed(): number;
  /** Why it could no longer be written: from then on repositories stay in memory. null while all is well. */
  fault(): AuditError | null;
  close(): void;
}

export interface ScanJournalOptions {
  /** What has to be the same for a run to go on with this journal: sites and options, as the report shows them. */
  readonly scan: Readonly<Record<string, unknown>>;
  readonly startedAt: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface ResumedScanOptions extends ScanJournalOptions {
  /** The repositories to be scanned now: what the journal holds beyond them is no part of this scan. */
  readonly selection: readonly string[];
}

/**
 * A scan's journal: what it is done with, a repository at a time, so that finished ones need no memory, and a run that
 * was killed can be gone on with. Lines of JSON: a head that says what is scanned; for each repository its tags in
 * chunks, then a line that makes them count. What stands behind the last such line was cut off and is dropped.
 *
 * A repository that could not be read completely, or whose reading was cut, is kept for the report, but is read again
 * by a later run.
 *
 * @throws AuditError `OUTPUT` when the file cannot be made
 */
export function createScanJournal(path: string, options: ScanJournalOptions): ScanJournal {
  return openJournal(path, openOrThrow(path, 'wx+'), null, { ...options, selection: [] });
}

/**
 * Goes on with the journal of a run that did not come to its end.
 *
 * @throws UsageError when it is no journal, is damaged, or is of another scan
 */
export function resumeScanJournal(path: string, options: ResumedScanOptions): ScanJournal {
  const file = openOrThrow(path, 'r+');
  try {
    return openJournal(path, file, readJournal(file, path, options.scan), options);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function openJournal(
  path: string,
  file: number,
  earlier: ReturnType<typeof readJournal> | null,
  { scan, startedAt, now, selection }: ResumedScanOptions,
): ScanJournal {
  const selected = new Set(selection);
  const all = [...(earlier?.repositories ?? [])];
  const kept = new Map(all.filter(([name]) => selected.has(name)));
  const leftOut = all.filter(([name]) => !selected.has(name)).map(([, place]) => place);
  const inMemory = new Map<string, RepositoryReport>();
  const resumed = earlier === null ? null : resumedOf(earlier.startedAt, [...kept.values()], leftOut.length);
  let end = earlier?.end ?? 0;
  let fault: AuditError | null = null;
  ftruncateSync(file, end);

  /** Writes at the end; nothing counts of what a failed write leaves behind. */
  function write(text: string, hash?: Hash): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; )
      done += writeSync(file, bytes, done, bytes.length - done, end + done);
    end += bytes.length;
    hash?.update(bytes);
  }

  function keep(report: RepositoryReport, { isFinal }: Finality): void {
    const { tags, ...head } = report;
    const start = end;
    const hash = createHash('sha256');
    let piece = '';
    for (const chunk of toChunks(tags)) {
      piece += lineOf(chunk);
      if (piece.length < PIECE_LENGTH) continue;
      write(piece, hash);
      piece = '';
    }
    write(piece, hash);
    const line = {
      kind: 'repository',
      readAt: new Date(now()).toISOString(),
      start,
      tagsDigest: `sha256:${hash.digest('hex')}`,
      ...(!isFinal && { isFinal }),
      report: { ...head, tags: tags.length },
    };
    const headAt = end;
    write(lineOf(line));
    kept.set(report.path, {
      start,
      headAt,
      end,
      tags: tags.length,
      readAt: line.readAt,
      isComplete: isFinal && head.verdict !== 'INCOMPLETE',
    });
  }

  function load({ start, headAt, end: behind }: KeptRepository): RepositoryReport {
    const [line = ''] = linesBetween(file, headAt, behind);
    const { report } = JSON.parse(line) as { report: Omit<RepositoryReport, 'tags'> & { tags: number } };
    const chunks = function* () {
      for (const chunk of linesBetween(file, start, headAt)) yield JSON.parse(chunk) as TagChunk;
    };
    return { ...report, tags: fromChunks(report.tags, chunks) };
  }

  return {
    resumed,
    clientPath: earlier?.clientPath ?? null,
    begin(clientPath) {
      if (earlier === null) {
        const head = {
          kind: 'scan-journal',
          schemaVersion: 1,
          startedAt,
          clientPath,
          scan,
        } satisfies JournalHead;
        try {
          write(lineOf(head));
        } catch (cause) {
          // A disk without room ends no scan.
          end = 0;
          fault = unwritable(path, cause);
        }
      } else {
        earlier.requireClientPath(clientPath);
      }
      return new Set([...kept].flatMap(([name, { isComplete }]) => (isComplete ? [name] : [])));
    },
    add(report, how = { isFinal: true }) {
      // What an earlier run was cut in may be more than what this one came to.
      if (!how.isFinal && (kept.get(report.path)?.tags ?? 0) > report.tags.length) return;
      if (fault === null) {
        const before = end;
        try {
          keep(report, how);
          return;
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
          end = before;
          fault = unwritable(path, cause);
        }
      }
      inMemory.set(report.path, report);
    },
    list(): List<RepositoryReport> {
      const paths = [...new Set([...kept.keys(), ...inMemory.keys()])].sort(compareBytes);
      return lazyList(paths.length, function* () {
        for (const one of paths) {
          const report = inMemory.get(one);
          const place = kept.get(one);
          if (report !== undefined) yield report;
          else if (place !== undefined) yield load(place);
        }
      });
    },
    completed: () => [...leftOut, ...kept.values()].filter(({ isComplete }) => isComplete).length,
    fault: () => fault,
    close: () => closeSync(file),
  };
}

/** Names and words of strangers are in it, and somebody will look at it in a terminal. */
function lineOf(value: object): string {
  return `${escapeJsonText(JSON.stringify(value))}\n`;
}

function resumedOf(
  startedAt: string,
  kept: readonly KeptRepository[],
  leftOut: number,
): ScanJournal['resumed'] {
  const complete = kept.filter(({ isComplete }) => isComplete);
  const [oldest] = complete.map(({ readAt }) => readAt).sort(compareBytes);
  return { startedAt, repositories: complete.length, oldest: oldest ?? startedAt, leftOut };
}

function openOrThrow(path: string, flags: 'wx+' | 'r+'): number {
  try {
    // Names a customer's hosts and images: for its owner alone.
    return openSync(path, flags, 0o600);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): AuditError {
  return new AuditError('OUTPUT', `could not write the scan journal ${path}: ${messageOf(cause)}`, {
    cause,
    hint: 'Name a directory with room and permission by --out.',
  });
}
