import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createScanJournal, resumeScanJournal, type ScanJournal } from '../audit/scan-journal.ts';
import { UsageError } from '../errors.ts';
import type { Report } from '../report/report.ts';
import { plural } from '../reporters/plural.ts';
import { claimJournal } from './claims.ts';
import { makeDirectory, writing } from './output.ts';
import type { RunContext } from './run-context.ts';

/** The name of a scan's journal in the directory of its report. */
const JOURNAL = 'scan-journal.ndjson';

/** Where a scan keeps what it is done with, and what becomes of that in the end. */
export interface ScanStore {
  readonly journal: ScanJournal;
  /**
   * Tells how to go on where the report is not whole, and drops the journal where it is. Call when all is written.
   *
   * @param isOutdated a fix has written since: nothing is to go on with what was read before
   */
  end(report: Report | null, isOutdated?: boolean): void;
}

export interface ScanStoreOptions {
  /** Where the report goes; null when no file is written, and nobody could go on. */
  readonly directory: string | null;
  /** Go on with the journal there. */
  readonly resume: boolean;
  /** The repositories of this run. */
  readonly selection: readonly string[];
  /** What has to be the same to go on. */
  readonly scan: Readonly<Record<string, unknown>>;
  readonly quiet: boolean;
}

/**
 * Opens the journal of a scan before anything is read, so that a place that cannot be written costs a line and not
 * a run.
 *
 * @throws AuditError `OUTPUT` when it cannot be made; UsageError when it cannot be gone on with
 */
export function openScanStore(options: ScanStoreOptions, { clock, stderr }: RunContext): ScanStore {
  const journalOptions = {
    scan: options.scan,
    startedAt: new Date(clock.now()).toISOString(),
    now: clock.now,
  };
  const temporary = options.directory === null ? mkdtempSync(join(tmpdir(), 'geo-registry-audit-')) : null;
  const directory = options.directory ?? temporary ?? '.';
  const path = join(directory, JOURNAL);
  const made = missingAbove(directory);
  if (!options.resume) writing(path, () => makeDirectory(directory));
  const release = claimJournal(path);
  let journal: ScanJournal;
  try {
    journal = options.resume
      ? resumeScanJournal(path, { ...journalOptions, selection: options.selection })
      : newJournal();
  } catch (error) {
    release();
    throw error;
  }
  const leftOut = journal.resumed?.leftOut ?? 0;
  if (leftOut > 0 && !options.quiet)
    stderr.write(
      `Left out of the report: ${plural(leftOut, 'repository')} of ${JOURNAL} that this command does not select\n`,
    );

  function newJournal(): ScanJournal {
    writing(path, () => {
      if (existsSync(path))
        renameSync(path, join(directory, `scan-journal-${statSync(path).mtime.getTime()}.ndjson`));
    });
    return createScanJournal(path, journalOptions);
  }

  /** Leaves nothing behind of a run that came to nothing, least of all an empty directory. */
  function removeEmpty(): void {
    for (const one of made) if (existsSync(one) && readdirSync(one).length === 0) rmdirSync(one);
  }

  return {
    journal,
    end(report, isOutdated = false) {
      journal.close();
      const fault = journal.fault();
      const isWhole = report !== null && !report.run.interrupted && report.summary.verdict !== 'INCOMPLETE';
      const isDropped = isWhole || isOutdated || journal.completed() === 0;
      if (isDropped) rmSync(path, { force: true });
      // Not before: who claims it next has a journal of that name.
      release();
      if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
      else if (isDropped) removeEmpty();
      else if (!options.quiet && fault === null)
        stderr.write(`To go on with what is left: scan --resume ${directory} and the same options\n`);
      if (fault !== null) stderr.write(`Warning: ${fault.message}; this scan cannot be gone on with\n`);
    },
  };
}

/** The directories on the way to one that are not there yet, the innermost first. */
function missingAbove(directory: string): string[] {
  return existsSync(directory) ? [] : [directory, ...missingAbove(dirname(directory))];
}

/**
 * The directory of a scan that is to be gone on with.
 *
 * @returns null when the path is a file: the journal of a fix
 * @throws UsageError when nothing is there, or no scan was stopped there
 */
export function resumableScan(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`--resume ${path}: no such file or directory`);
  if (!found.isDirectory()) {
    const name = basename(path);
    if (/^scan-journal-\d+\.ndjson$/.test(name))
      throw new UsageError(`--resume ${path}: set aside, since a later scan wrote to the same directory`, {
        hint: `To go on with it, put it into a directory of its own as ${JOURNAL}, and give that.`,
      });
    return name === JOURNAL ? dirname(path) : null;
  }
  if (existsSync(join(path, JOURNAL))) return path;
  throw new UsageError(`--resume ${path}: no ${JOURNAL} is there`, {
    hint: 'A scan that read everything leaves none, nor does one that had no repository complete, or that a fix followed: scan anew. A fix is gone on with by its journal.ndjson.',
  });
}
