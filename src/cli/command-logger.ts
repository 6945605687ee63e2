import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { destination } from 'pino';
import type { ResolvedOptions } from '../config/resolve-options.ts';
import { messageOf, UsageError } from '../errors.ts';
import { createLogger, type Logger, type LogLevel } from '../logger.ts';
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
  if (path === null && stderr.isTTY === true) {
    // A stream of its own thread would break in a bundle and lose the last lines.
    // Loaded for a terminal alone: a tenth of the start of a run.
    const { PinoPretty } = require('pino-pretty') as typeof import('pino-pretty');
    const colorize = mayColor(stderr, environment);
    return createLogger(level, PinoPretty({ destination: 2, sync: true, colorize, ignore: 'pid,hostname' }));
  }
  if (path === null) return createLogger(level);
  try {
    return createLogger(level, destination({ dest: openSync(path, 'a', 0o600), sync: true }));
  } catch (cause) {
    throw new UsageError(`--log-file: cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
