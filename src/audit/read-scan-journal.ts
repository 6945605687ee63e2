import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { schema, type Valid } from '../core/schema.ts';
import { UsageError } from '../errors.ts';
import { canonicalDigest } from '../report/canonical.ts';
import { repositoryReport } from '../report/report.ts';
import { CLIENT_PATHS, type ClientPath } from '../verifier/profiles.ts';

/** Bytes read at a time. */
const BLOCK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

const head = schema((z) =>
  z.object({
    kind: z.literal('scan-journal'),
    schemaVersion: z.literal(1),
    startedAt: z.iso.datetime(),
    clientPath: z.enum(CLIENT_PATHS),
    scan: z.record(z.string(), z.unknown()),
  }),
);

const repositoryLine = schema((z) =>
  z.object({
    kind: z.literal('repository'),
    readAt: z.iso.datetime(),
    start: z.int().min(0),
    tagsDigest: z.string(),
    /** Absent for a repository that the run was done with. */
    isFinal: z.literal(false).optional(),
    report: repositoryReport()
      .omit({ tags: true })
      .extend({ tags: z.int().min(0) }),
  }),
);

/** The first line of a scan's journal. */
export type JournalHead = Valid<typeof head>;

/** Where a repository lies in the journal: its tags, then its own line up to `end`; places are bytes. */
export interface KeptRepository {
  readonly start: number;
  readonly headAt: number;
  readonly end: number;
  readonly tags: number;
  /** ISO time at which it was read. */
  readonly readAt: string;
  /** Whether all of it could be read before the run was cut; otherwise a later run reads it again. */
  readonly isComplete: boolean;
}

export interface EarlierScan {
  readonly startedAt: string;
  readonly clientPath: ClientPath;
  readonly repositories: ReadonlyMap<string, KeptRepository>;
  /** Bytes up to the last repository that counts; what follows was cut off. */
  readonly end: number;
  /** @throws UsageError when the earlier run read by another client path */
  requireClientPath(clientPath: ClientPath): void;
}

/**
 * Looks through the journal of an earlier run; its tags are not read, but have to be what was written.
 *
 * @param scan what is to be scanned now
 * @returns null when it ends before its first line does
 * @throws UsageError in one line when the file is no journal, is damaged, or is of another scan
 */
export function readJournal(
  file: number,
  path: string,
  scan: Readonly<Record<string, unknown>>,
): EarlierScan | null {
  const size = fstatSync(file).size;
  let at = 0;
  let end = 0;
  let first: JournalHead | null = null;
  let hash = createHash('sha256');
  let start = 0;
  const repositories = new Map<string, KeptRepository>();
  for (const line of linesBetween(file, 0, size)) {
    const behind = at + Buffer.byteLength(line) + 1;
    // A last line without its end was being written when the run ended.
    if (behind > size) {
      if (first === null && !isBeginning(line)) throw noJournal(path);
      break;
    }
    if (first === null) {
      first = headOf(line, path);
      requireSameScan(first.scan, scan, path);
      end = behind;
      start = behind;
    } else if (line.startsWith('{"kind":"repository"')) {
      const { report, readAt, tagsDigest, isFinal = true } = repositoryOf(line, path);
      if (tagsDigest !== `sha256:${hash.digest('hex')}`) throw damaged(path);
      const isComplete = isFinal && report.verdict !== 'INCOMPLETE';
      const { tags } = report;
      repositories.set(report.path, { start, headAt: at, end: behind, tags, readAt, isComplete });
      hash = createHash('sha256');
      end = behind;
      start = behind;
    } else {
      hash.update(`${line}\n`);
    }
    at = behind;
  }
  // Killed before its first line was whole: nothing was read, so that going on is beginning.
  if (first === null) return null;
  const { startedAt, clientPath: was } = first;
  return {
    startedAt,
    clientPath: was,
    repositories,
    end,
    requireClientPath(clientPath) {
      if (clientPath !== was)
        throw new UsageError(`${path} was read by ${was}, and this run reads by ${clientPath}`, {
          hint: `Say --client-path ${was}, or scan anew without --resume.`,
        });
    },
  };
}

/** Whether a first line without its end is that of a journal, and no other file that would be emptied. */
function isBeginning(line: string): boolean {
  const start = '{"kind":"scan-journal",';
  return start.startsWith(line) || line.startsWith(start);
}

function noJournal(path: string): UsageError {
  return new UsageError(`${path} is not the journal of a scan`);
}

function headOf(line: string, path: string): JournalHead {
  const parsed = head().safeParse(jsonOf(line));
  if (!parsed.success) throw noJournal(path);
  return parsed.data;
}

function repositoryOf(line: string, path: string): Valid<typeof repositoryLine> {
  const parsed = repositoryLine().safeParse(jsonOf(line));
  if (!parsed.success) throw damaged(path);
  return parsed.data;
}

/** What was read under other options, or elsewhere, cannot stand in one report with what is read now. */
function requireSameScan(
  was: Readonly<Record<string, unknown>>,
  is: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (canonicalDigest(was[name] ?? null) === canonicalDigest(is[name] ?? null)) continue;
    throw new UsageError(
      `${path} is of a scan with ${wordsFor(name, was[name])}, and this one has ${wordsFor(name, is[name])}`,
      { hint: 'Give the options of the run that is to be gone on with, or scan anew without --resume.' },
    );
  }
}

function wordsFor(name: string, value: unknown): string {
  return value === undefined || value === null ? `no --${name}` : `--${name} ${JSON.stringify(value)}`;
}

function damaged(path: string): UsageError {
  return new UsageError(`${path} is damaged: what it holds is not what was written`, {
    hint: 'Scan anew without --resume.',
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The lines of a part of a file, without their ends; the file is read a block at a time. */
export function* linesBetween(file: number, start: number, end: number): Generator<string> {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(1, end - start)));
  let pending: Buffer[] = [];
  for (let at = start; at < end; ) {
    const length = readSync(file, block, 0, Math.min(block.length, end - at), at);
    if (length === 0) break;
    at += length;
    let from = 0;
    for (let newline = block.indexOf(NEWLINE); newline >= 0 && newline < length; ) {
      pending.push(block.subarray(from, newline));
      yield pending.length === 1
        ? block.toString('utf8', from, newline)
        : Buffer.concat(pending).toString('utf8');
      pending = [];
      from = newline + 1;
      newline = block.indexOf(NEWLINE, from);
    }
    // Copied: the block is used again.
    if (from < length) pending.push(Buffer.from(block.subarray(from, length)));
  }
  if (pending.length > 0) yield Buffer.concat(pending).toString('utf8');
}
