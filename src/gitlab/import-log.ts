import { parseRepositoryPath } from '../core/repository-path.ts';
import { type ImportLogEntry, readImportLogLine } from './import-log-entry.ts';
import { IMPORT_STEP, KNOWN_FAILURES, type KnownFailure } from './import-log-failures.ts';

/** Names kept of each kind of failure: a log of any length takes this much memory and no more. */
const MOST_NAMES = 1000;
/** Different unknown failures kept; further ones are counted alone. */
const MOST_UNKNOWN = 50;
const LONGEST_SAMPLE = 500;

/** Some names, and whether there were more than could be kept. */
export interface NamedThings {
  readonly names: readonly string[];
  readonly more: boolean;
}

export interface KnownCount extends Omit<KnownFailure, 'pattern'> {
  readonly count: number;
  readonly repositories: NamedThings;
  readonly digests: NamedThings;
}

/** An unknown failure; digests and repositories in it are put aside so that equal ones are one. */
export interface UnknownCount {
  readonly count: number;
  readonly message: string;
  /** The line on which it came first, from 1. */
  readonly firstLine: number;
  readonly repositories: NamedThings;
  readonly digests: NamedThings;
}

export interface TriageResult {
  readonly lines: number;
  /** Lines longer than what is looked at; their beginning counts. */
  readonly cutLines: number;
  readonly failures: number;
  readonly known: readonly KnownCount[];
  readonly unknown: readonly UnknownCount[];
  /** All lines with an unknown failure, also of those that are not listed. */
  readonly unknownFailures: number;
  readonly interrupted: boolean;
}

/** Sorts the lines of a registry's log, one at a time; memory does not grow with their number. */
export interface ImportLog {
  add(line: string, isCut?: boolean): void;
  result(interrupted?: boolean): TriageResult;
}

/** Begins a triage of import failures (`docs/facts.md` §5: six are known, and anything else means to stop). */
export function createImportLog(): ImportLog {
  const known = new Map(KNOWN_FAILURES.map((failure) => [failure, newTally(0)]));
  const unknown = new Map<string, Tally>();
  let lines = 0;
  let cutLines = 0;
  let unknownFailures = 0;
  return {
    add(line, isCut = false) {
      lines++;
      if (isCut) cutLines++;
      const entry = readImportLogLine(line);
      if (entry === null) return;
      const failure = classifyImportError(entry.error);
      let tally = failure === null ? undefined : known.get(failure);
      if (tally === undefined) {
        unknownFailures++;
        const key = withoutNames(entry.error);
        tally = unknown.get(key);
        if (tally === undefined && unknown.size < MOST_UNKNOWN) {
          tally = newTally(lines);
          unknown.set(key, tally);
        }
      }
      if (tally !== undefined) count(tally, entry);
    },
    result(interrupted = false) {
      const knownCounts = [...known].map(
        ([{ pattern: _, ...failure }, tally]): KnownCount => ({
          ...failure,
          ...tallied(tally),
        }),
      );
      const unknownCounts = [...unknown].map(
        ([message, tally]): UnknownCount => ({
          message,
          firstLine: tally.firstLine,
          ...tallied(tally),
        }),
      );
      return {
        lines,
        cutLines,
        failures: knownCounts.reduce((sum, one) => sum + one.count, unknownFailures),
        known: knownCounts,
        unknown: unknownCounts,
        unknownFailures,
        interrupted,
      };
    },
  };
}

/** Which known failure an error message is; null for one that is none of them. */
function classifyImportError(error: string): KnownFailure | null {
  const step = error.indexOf(IMPORT_STEP);
  if (step < 0) return null;
  const rest = error.slice(step + IMPORT_STEP.length);
  return KNOWN_FAILURES.find(({ pattern }) => pattern.test(rest)) ?? null;
}

interface Tally {
  count: number;
  readonly firstLine: number;
  readonly repositories: Set<string>;
  readonly digests: Set<string>;
  readonly more: { repositories: boolean; digests: boolean };
}

function newTally(firstLine: number): Tally {
  return {
    count: 0,
    firstLine,
    repositories: new Set(),
    digests: new Set(),
    more: { repositories: false, digests: false },
  };
}

function count(tally: Tally, { error, repository }: ImportLogEntry): void {
  tally.count++;
  const named = /\b(?:name=|on repository )([^\s":]+)/.exec(error)?.[1];
  const path = (named === undefined ? null : parseRepositoryPath(named)) ?? repository;
  if (path !== null) keep(tally, 'repositories', path);
  for (const [digest] of error.matchAll(/\bsha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})\b/g)) {
    keep(tally, 'digests', digest);
  }
}

function keep(tally: Tally, kind: 'repositories' | 'digests', name: string): void {
  if (tally[kind].has(name)) return;
  if (tally[kind].size < MOST_NAMES) tally[kind].add(name);
  else tally.more[kind] = true;
}

function tallied({
  count,
  repositories,
  digests,
  more,
}: Tally): Pick<KnownCount, 'count' | 'repositories' | 'digests'> {
  return {
    count,
    repositories: { names: [...repositories], more: more.repositories },
    digests: { names: [...digests], more: more.digests },
  };
}

/** The same failure of another image is the same failure. */
function withoutNames(error: string): string {
  return error
    .slice(0, LONGEST_SAMPLE)
    .replace(/\bsha(?:256|512):[0-9a-fA-F]+/g, '<digest>')
    .replace(/\b(name=|on repository )[^\s":]+/g, '$1<repository>');
}
