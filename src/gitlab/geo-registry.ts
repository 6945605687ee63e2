import { parse } from 'csv-parse/sync';
import { jsonText } from '../core/json-text.ts';
import { parseRepositoryPath } from '../core/repository-path.ts';
import { UsageError } from '../errors.ts';
import { GEO_STATES, type GeoState } from '../report/geo-state.ts';
import type { Site } from '../report/report.ts';
import { GEO_REGISTRY_FIELDS, type GeoRegistryField, geoRegistryField } from './geo-registry-columns.ts';

/** One record of Geo's registry table: its opinion of a repository, and the checksums it has stored. */
export interface GeoRecord {
  readonly state: GeoState;
  readonly checksums: Partial<Readonly<Record<Site, string>>>;
}

/** Geo's opinions by repository path. */
export type GeoRegistry = ReadonlyMap<string, GeoRecord>;

type Row = Readonly<Record<string, unknown>>;
type Fields = Partial<Record<GeoRegistryField, unknown>>;

const DEEPEST = 8;

/**
 * Reads an export of Geo's container repository registries: a JSON array of objects, a GraphQL answer with `nodes`,
 * or CSV with a header. Which columns it knows is in `geo-registry-columns.ts`; a path and a state must be there.
 *
 * @param name the file, as errors call it
 * @throws UsageError naming the file, and the column or row at fault
 */
export function parseGeoRegistry(text: string, name: string): GeoRegistry {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') throw new UsageError(`${name}: the export is empty`);
  const rows = /^[[{]/.test(trimmed) ? jsonRows(trimmed, name) : csvRows(trimmed, name);
  requireKnownColumns(rows, name);
  const registry = new Map<string, GeoRecord>();
  for (const [index, row] of rows.entries()) {
    const where = `${name}: row ${index + 1}`;
    const fields = fieldsOf(row);
    const path = typeof fields.path === 'string' ? parseRepositoryPath(fields.path) : null;
    if (path === null) {
      throw new UsageError(`${where}: ${shown(fields.path)} cannot be a repository path`);
    }
    if (registry.has(path)) throw new UsageError(`${where}: ${path} is there twice`);
    registry.set(path, recordOf(fields, where));
  }
  return registry;
}

function jsonRows(text: string, name: string): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${name}: this is neither JSON nor CSV`, { cause });
  }
  const rows = Array.isArray(value) ? value : findNodes(value, 0);
  const wrong = rows?.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row));
  if (rows === null || wrong !== -1) {
    const at = rows === null ? '' : `; entry ${(wrong ?? 0) + 1} is otherwise`;
    throw new UsageError(`${name}: expected an array of objects, or a GraphQL answer with nodes${at}`);
  }
  return rows.map((row) => flattened(row as Record<string, unknown>));
}

/** GraphQL wraps its records in `{"data": {…: {"nodes": […]}}}`. */
function findNodes(value: unknown, depth: number): unknown[] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > DEEPEST) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'nodes' && Array.isArray(inner)) return inner;
    const found = findNodes(inner, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** A record that holds its repository as an object: its path is the record's. */
function flattened({ containerRepository, ...row }: Record<string, unknown>): Row {
  if (typeof containerRepository !== 'object' || containerRepository === null)
    return containerRepository === undefined ? row : { ...row, containerRepository };
  const { path } = { path: undefined, ...containerRepository };
  return { ...row, path };
}

function csvRows(text: string, name: string): Row[] {
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }) as Row[];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw new UsageError(`${name}: this is not CSV with a header (${why})`, { cause });
  }
}

function requireKnownColumns(rows: readonly Row[], name: string): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const unknown = columns.filter((column) => geoRegistryField(column) === undefined);
  const known = Object.values(GEO_REGISTRY_FIELDS)
    .map(([first]) => first)
    .join(', ');
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).map((column) => JSON.stringify(column.slice(0, 60)));
    const more = unknown.length > named.length ? ` and ${unknown.length - named.length} more` : '';
    throw new UsageError(
      `${name}: unknown column${unknown.length > 1 ? 's' : ''} ${named.join(', ')}${more}; known are ${known}`,
    );
  }
  for (const needed of ['path', 'state'] as const) {
    if (rows.length > 0 && !columns.some((column) => geoRegistryField(column) === needed))
      throw new UsageError(`${name}: there is no column ${needed}; known are ${known}`);
  }
}

function fieldsOf(row: Row): Fields {
  const fields: Fields = {};
  for (const [column, value] of Object.entries(row)) {
    const field = geoRegistryField(column);
    if (field && value !== '' && value !== null && value !== undefined) fields[field] = value;
  }
  return fields;
}

function recordOf(fields: Fields, where: string): GeoRecord {
  const state = stateOf(fields.state, where);
  const primary = checksumOf(fields.primaryChecksum, 'primary', where);
  const secondary = checksumOf(fields.secondaryChecksum, 'secondary', where);
  return {
    state: {
      state,
      stateWords: state === null ? null : (GEO_STATES[state] ?? null),
      retryCount: countOf(fields.retryCount, where),
      lastSyncFailure: textOf(fields.lastSyncFailure),
      lastSyncedAt: textOf(fields.lastSyncedAt),
    },
    checksums: { ...(primary !== null && { primary }), ...(secondary !== null && { secondary }) },
  };
}

/** The number, as a number or as text, or the word. */
function stateOf(value: unknown, where: string): number | null {
  if (value === undefined) return null;
  const text = String(value).toLowerCase();
  const number = /^[0-3]$/.test(text) ? Number(text) : (GEO_STATES as readonly string[]).indexOf(text);
  if (number >= 0) return number;
  throw new UsageError(`${where}: ${shown(value)} is no state: expected 0 to 3, or ${GEO_STATES.join(', ')}`);
}

function checksumOf(value: unknown, site: Site, where: string): string | null {
  if (value === undefined) return null;
  const text = String(value).toLowerCase().replace(/^\\x/, '');
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new UsageError(`${where}: the ${site} checksum ${shown(value)} is none: expected 64 hex digits`);
}

function countOf(value: unknown, where: string): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(String(value))) return Number(value);
  throw new UsageError(`${where}: ${shown(value)} is no retry count`);
}

function textOf(value: unknown): string | null {
  if (value === undefined) return null;
  return (typeof value === 'string' ? value : jsonText(value)).slice(0, 1000);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : jsonText(value).slice(0, 120);
}
