import { UsageError } from '../errors.ts';
import type { ResolvedOptions } from './resolve-options.ts';

const FORMATS = ['table', 'json'] as const;

/**
 * How a result that is no report is printed: `doctor`, `inspect`. Formats of reports that a configuration file asks for do
 * not concern it.
 *
 * @throws UsageError when `--format` names another
 */
export function printFormat(options: ResolvedOptions): (typeof FORMATS)[number] {
  const asked = options.list('format');
  const [only] = asked;
  const known = FORMATS.find((format) => format === only);
  if (asked.length === 1 && known !== undefined) return known;
  if (!options.source('format').startsWith('flag')) return 'table';
  throw new UsageError(
    `--format: expected one of ${FORMATS.join(', ')}, got ${JSON.stringify(asked.join(','))}`,
  );
}
