import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ResolvedOptions } from '../config/resolve-options.ts';
import { messageOf, UsageError } from '../errors.ts';
import { createLogger, type Logger, type LogLevel, openDestination } from '../logger.ts';
import { mayColor, type RunContext } from './run-context.ts';

const require = createRequire(import.meta.url);

/**
 * The logger that `--log-level` and `--log-file` ask for: lines for people on a terminal, JSON lines elsewhere.
 *
 * @throws UsageError when the file cannot be opened
 */
export function commandLogger(options: ResolvedOptions, { stderr, environment }: RunContext): Logger {
  const level = (options.text('log-level') ?? 'warn') as LogLevel;
  const path = options.text('log-file');
  if (path !== null) {
    const file = openLogFile(path);
    return createLogger(level, () => openDestination(file));
  }
  if (stderr.isTTY !== true) return createLogger(level);
  return createLogger(level, () => {
    // A stream of its own thread would break in a bundle and lose the last lines.
    const { PinoPretty } = require('pino-pretty') as typeof import('pino-pretty');
    const colorize = mayColor(stderr, environment);
    return PinoPretty({ destination: 2, sync: true, colorize, ignore: 'pid,hostname' });
  });
}

/** At once, and not with the first line: what is wrong with it costs one line and no request. */
function openLogFile(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (cause) {
    throw new UsageError(`--log-file: cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
