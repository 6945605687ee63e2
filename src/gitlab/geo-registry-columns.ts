/** What a column of an export of Geo's registry table holds. */
export type GeoRegistryField =
  | 'path'
  | 'state'
  | 'retryCount'
  | 'lastSyncFailure'
  | 'lastSyncedAt'
  | 'primaryChecksum'
  | 'secondaryChecksum';

/** The names each field goes by, in the writing of a console; GraphQL's and a spreadsheet's are found as well. */
export const GEO_REGISTRY_FIELDS = {
  path: ['path', 'repository', 'repository_path', 'container_repository_path', 'full_path'],
  state: ['state', 'sync_state'],
  retryCount: ['retry_count', 'sync_retry_count'],
  lastSyncFailure: ['last_sync_failure'],
  lastSyncedAt: ['last_synced_at', 'last_synced'],
  primaryChecksum: ['primary_checksum', 'stored_primary_checksum'],
  // On the secondary's own record the checksum has no other name.
  secondaryChecksum: ['secondary_checksum', 'stored_secondary_checksum', 'verification_checksum'],
} as const satisfies Record<GeoRegistryField, readonly string[]>;

/** Columns of the same table that say nothing here; an export of whole records has them all. */
export const IGNORED_COLUMNS = [
  'id',
  'container_repository_id',
  'model_record_id',
  'retry_at',
  'created_at',
  'updated_at',
  'verified_at',
  'verification_state',
  'verification_failure',
  'verification_checksum_mismatched',
  'verification_retry_count',
  'verification_retry_at',
  'verification_started_at',
  'checksum_mismatch',
  'missing_on_primary',
  'force_to_redownload',
] as const;

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const FIELD_BY_NAME: ReadonlyMap<string, GeoRegistryField | null> = new Map([
  ...Object.entries(GEO_REGISTRY_FIELDS).flatMap(([field, names]) =>
    names.map((name) => [plain(name), field as GeoRegistryField] as const),
  ),
  ...IGNORED_COLUMNS.map((name) => [plain(name), null] as const),
]);

/** The field of a column, whatever its case and separators; null for one to pass over, undefined if unknown. */
export function geoRegistryField(column: string): GeoRegistryField | null | undefined {
  return FIELD_BY_NAME.get(plain(column));
}
