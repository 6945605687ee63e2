import { parseRepositoryPath } from '../core/repository-path.ts';
import { UsageError } from '../errors.ts';
import type { Site } from '../report/report.ts';
import type { ResolvedOptions } from './resolve-options.ts';

const EXPECTED = 'expected primary=HEX or secondary=HEX, or primary:group/project=HEX, with 64 hex digits';

/**
 * The checksums that Geo has stored, as `--stored-checksum` gives them: `primary=HEX` when one repository is
 * looked at, `primary:path=HEX` otherwise.
 *
 * @param paths the repositories of this run
 * @throws UsageError
 */
export function storedChecksums(
  options: ResolvedOptions,
  paths: readonly string[],
): Map<string, Partial<Record<Site, string>>> {
  const stored = new Map<string, Partial<Record<Site, string>>>();
  for (const text of options.list('stored-checksum')) {
    const match = /^(primary|secondary)(?::([^=]+))?=([0-9a-fA-F]{64})$/.exec(text);
    if (match === null)
      throw new UsageError(`--stored-checksum: ${EXPECTED}, got ${JSON.stringify(text.slice(0, 120))}`);
    const [, site, named, hex = ''] = match;
    const path = named === undefined ? onlyPath(paths) : parseRepositoryPath(named);
    if (path === null || !paths.includes(path)) {
      throw new UsageError(`--stored-checksum: ${named} is not a repository of this run`);
    }
    stored.set(path, { ...stored.get(path), [site as Site]: hex.toLowerCase() });
  }
  return stored;
}

function onlyPath(paths: readonly string[]): string {
  const [path] = paths;
  if (path !== undefined && paths.length === 1) return path;
  throw new UsageError(
    `--stored-checksum: this run has ${paths.length} repositories; say which: primary:group/project=HEX`,
  );
}
