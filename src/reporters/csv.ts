import type { Report } from '../report/report.ts';
import type { TagReport } from '../report/tag-report.ts';
import { csvText } from './csv-text.ts';

/** The header of `tags.csv`, fixed by the contract. */
const COLUMNS = [
  'repository',
  'tag',
  'status',
  'primary_digest',
  'secondary_digest',
  'primary_media_type',
  'secondary_media_type',
  'primary_narrow_digest',
  'secondary_narrow_digest',
  'narrow_status',
  'silently_skipped',
  'unstable',
  'causes',
] as const;

/** Rows turned into text at a time. */
const ROWS_PER_CHUNK = 500;

/**
 * `tags.csv`: RFC 4180 with CRLF, one line a tag. Booleans are `true` and `false`, null is nothing. A field
 * that a spreadsheet would take for a formula is prefixed with `'`.
 */
export function* csvReporter(report: Report): Generator<string> {
  let rows: string[][] = [[...COLUMNS]];
  for (const repository of report.repositories) {
    for (const tag of repository.tags) {
      rows.push(rowOf(repository.path, tag));
      if (rows.length < ROWS_PER_CHUNK) continue;
      yield csvText(rows);
      rows = [];
    }
  }
  if (rows.length > 0) yield csvText(rows);
}

function rowOf(path: string, tag: TagReport): string[] {
  const primary = fieldsOf(tag.primary);
  const secondary = fieldsOf(tag.secondary);
  return [
    path,
    tag.name,
    tag.status,
    primary.digest,
    secondary.digest,
    primary.mediaType,
    secondary.mediaType,
    primary.narrowDigest,
    secondary.narrowDigest,
    tag.narrowStatus ?? '',
    tag.silentlySkipped === null ? '' : String(tag.silentlySkipped),
    String(tag.unstable),
    tag.causes.join(';'),
  ];
}

function fieldsOf(reading: TagReport['primary']): {
  digest: string;
  mediaType: string;
  narrowDigest: string;
} {
  if (reading.state === 'absent') return { digest: '', mediaType: '', narrowDigest: '' };
  return {
    digest: reading.digest ?? '',
    mediaType: reading.mediaType ?? '',
    narrowDigest: reading.narrow?.digest ?? '',
  };
}
