import { openSync } from 'node:fs';
import { destination } from 'pino';
import type { ResolvedOptions } from '../config/resolve-options.ts';
import { messageOf, UsageError } from '../errors.ts';
import { createLogger, type Logger, type LogLevel } from '../logger.ts';

/**
 * The logger that `--log-level` and `--log-file` ask for.
 *
 * @throws UsageError when the file cannot be opened
 */
export function commandLogger(options: ResolvedOptions): Logger {
  const level = (options.text('log-level') ?? 'warn') as LogLevel;
  const path = options.text('log-file');
  if (path === null) return createLogger(level);
  try {
    return createLogger(level, destination({ dest: openSync(path, 'a', 0o600), sync: true }));
  } catch (cause) {
    throw new UsageError(`--log-file: cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
