import type { StoredChecksums } from '../audit/compare-snapshots.ts';
import type { ResolvedOptions } from '../config/resolve-options.ts';
import type { GeoRegistry } from '../gitlab/geo-registry.ts';
import { inputName, readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';

/** The export that `--geo-registry` names; nothing without the option. */
export async function readGeoRegistry(
  options: ResolvedOptions,
  context: Pick<RunContext, 'readStdin'>,
): Promise<GeoRegistry> {
  const file = options.text('geo-registry');
  if (file === null) return new Map();
  const { parseGeoRegistry } = await import('../gitlab/geo-registry.ts');
  return parseGeoRegistry(await readInput(file, context), `--geo-registry: ${inputName(file)}`);
}

/** The checksums of the export for the run's repositories, under those that `--stored-checksum` gives. */
export function withExported(
  given: StoredChecksums,
  registry: GeoRegistry,
  paths: readonly string[],
): StoredChecksums {
  const all = new Map(given);
  for (const path of paths) {
    const exported = registry.get(path)?.checksums;
    if (exported !== undefined) all.set(path, { ...exported, ...given.get(path) });
  }
  return all;
}
