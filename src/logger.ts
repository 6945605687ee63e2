import { createRequire } from 'node:module';
import type { DestinationStream, Level } from 'pino';

const require = createRequire(import.meta.url);

/** What a run tells of its work. All of it is at level debug so far. */
export interface Logger {
  /** Whether `debug` writes anything, for those who can save themselves work when it does not. */
  readonly writesDebug: boolean;
  debug(fields: object, message: string): void;
}

/** The levels `--log-level` takes; `silent` writes nothing. */
export type LogLevel = Level | 'silent';

/** Keys whose values never reach a log line, wherever they stand. */
const SECRET_KEYS = [
  'authorization',
  'Authorization',
  'password',
  'token',
  'secret',
  'access_token',
  'refresh_token',
];

/**
 * The logger of a run: JSON lines to what `open` gives, or to stderr. Never stdout, which is the report's, and
 * never a pino transport: those are worker threads that break in a bundle. Both pino and its stream are there from the
 * first line on, and not before: most runs write none.
 */
export function createLogger(level: LogLevel, open: () => DestinationStream = standardError): Logger {
  if (level !== 'debug' && level !== 'trace') return SILENT;
  let made: Pick<Logger, 'debug'> | undefined;
  return {
    writesDebug: true,
    debug(fields, message) {
      made ??= pinoLogger(level, open());
      made.debug(fields, message);
    },
  };
}

/** A logger that writes nothing, also for tests and for embedded use. */
export const SILENT: Logger = { writesDebug: false, debug: () => {} };

function pinoLogger(level: LogLevel, stream: DestinationStream): Pick<Logger, 'debug'> {
  const { pino } = loadPino();
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: [...SECRET_KEYS, ...SECRET_KEYS.map((key) => `*.${key}`)], censor: '[redacted]' },
    },
    stream,
  );
}

function standardError(): DestinationStream {
  return openDestination(2);
}

/** A stream of whole lines to an open file, each written before the next. */
export function openDestination(file: number): DestinationStream {
  return loadPino().destination({ dest: file, sync: true });
}

function loadPino(): typeof import('pino') {
  return require('pino');
}
