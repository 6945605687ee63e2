import { type DestinationStream, destination, type Level, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

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
 * The logger of a run: JSON lines to the given stream, or to stderr. Never stdout, which is the report's, and
 * never a pino transport: those are worker threads that break in a bundle.
 */
export function createLogger(level: LogLevel, stream?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: [...SECRET_KEYS, ...SECRET_KEYS.map((key) => `*.${key}`)], censor: '[redacted]' },
    },
    stream ?? destination({ dest: 2, sync: true }),
  );
}

/** A logger that writes nothing, for tests and for embedded use. */
export const SILENT: Logger = pino({ level: 'silent' });
