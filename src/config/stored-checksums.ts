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
  const known = new Set(paths);
  for (const { site, named, hex } of givenStoredChecksums(options)) {
    const path = named ?? onlyPath(paths);
    if (!known.has(path)) throw new UsageError(`--stored-checksum: ${path} is not a repository of this run`);
    const before = stored.get(path);
    if (before?.[site] !== undefined && before[site] !== hex)
      throw new UsageError(`--stored-checksum: two checksums of ${path} on the ${site}`);
    stored.set(path, { ...before, [site]: hex });
  }
  return stored;
}

/** One `--stored-checksum`, before it is known which repositories the run has. */
export interface GivenChecksum {
  readonly site: Site;
  /** null when the option names no repository. */
  readonly named: string | null;
  readonly hex: string;
}

/**
 * What `--stored-checksum` says, to be looked at before the first request.
 *
 * @throws UsageError
 */
export function givenStoredChecksums(options: ResolvedOptions): GivenChecksum[] {
  return options.list('stored-checksum').map((text) => {
    const match = /^(primary|secondary)(?::([^=]+))?=([0-9a-fA-F]{64})$/.exec(text);
    const [, site, path, hex = ''] = match ?? [];
    const named = path === undefined ? null : parseRepositoryPath(path);
    if (match === null || (path !== undefined && named === null))
      throw new UsageError(`--stored-checksum: ${EXPECTED}, got ${JSON.stringify(text.slice(0, 120))}`);
    return { site: site as Site, named, hex: hex.toLowerCase() };
  });
}

function onlyPath(paths: readonly string[]): string {
  const [path] = paths;
  if (path !== undefined && paths.length === 1) return path;
  throw new UsageError(
    `--stored-checksum: this run has ${paths.length} repositories; say which: primary:group/project=HEX`,
  );
}
