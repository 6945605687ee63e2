import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AuditError, messageOf } from '../errors.ts';
import type { Report } from '../report/report.ts';
import { type Format, REPORTERS } from '../reporters/index.ts';
import type { ReporterOptions } from '../reporters/reporter.ts';

/** Text is written in pieces of about this size: a system call a line is slow, a whole report too large. */
const PIECE_BYTES = 256 * 1024;

/** The one place that writes to standard output and report files. */
export interface Output {
  /** Writes text to standard output; resolves when it is taken, so that a slow reader holds the writer back. */
  print(chunks: Iterable<string>): Promise<void>;
  /**
   * Writes a file of the report directory, whole or not at all: under a temporary name, then renamed.
   * @throws AuditError `OUTPUT`
   */
  writeFile(directory: string, name: string, chunks: Iterable<string>): string;
}

export function createOutput(stdout: NodeJS.WritableStream): Output {
  let closed = false;
  let goOn = () => {};
  stdout.on('drain', () => goOn());
  // A reader that has seen enough (`| head`) is no fault of the run.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
    goOn();
  });
  return {
    async print(chunks) {
      for (const piece of pieces(chunks)) {
        if (closed) return;
        if (!stdout.write(piece)) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
      }
    },
    writeFile(directory, name, chunks) {
      const path = join(directory, name);
      const temporary = join(directory, `.${name}.${process.pid}.tmp`);
      try {
        mkdirSync(directory, { recursive: true });
        // Reports name a customer's hosts and images: for their owner alone.
        const file = openSync(temporary, 'w', 0o600);
        try {
          for (const piece of pieces(chunks)) writeFileSync(file, piece);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        renameSync(temporary, path);
      } catch (cause) {
        rmSync(temporary, { force: true });
        throw new AuditError('OUTPUT', `could not write ${resolve(path)}: ${messageOf(cause)}`, {
          cause,
          hint: 'Name a directory with room and permission by --out.',
        });
      }
      return path;
    },
  };
}

function* pieces(chunks: Iterable<string>): Generator<string> {
  let piece = '';
  for (const chunk of chunks) {
    piece += chunk;
    if (piece.length >= PIECE_BYTES) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

/** Writes a report in one format to standard output. */
export function printReport(
  output: Output,
  report: Report,
  format: Format,
  options: ReporterOptions,
): Promise<void> {
  return output.print(REPORTERS[format].reporter(report, options));
}

/** Writes a report in each format to a directory; gives the paths. */
export function writeReport(
  output: Output,
  report: Report,
  formats: readonly Format[],
  directory: string,
): string[] {
  const options = { color: false, width: null, verbose: true };
  return formats.map((format) => {
    const { fileName, reporter } = REPORTERS[format];
    return output.writeFile(directory, fileName, reporter(report, options));
  });
}

/** The directory of a run that names none: `reports/<UTC time>-<command>`. */
export function defaultDirectory(command: string, startedAt: Date): string {
  return join('reports', `${startedAt.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '')}-${command}`);
}
