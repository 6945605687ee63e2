import type { ChecksumPair, Report, RepositoryReport } from '../report/report.ts';
import { STATUSES } from '../report/tag-report.ts';
import { csvText } from './csv-text.ts';

const COLUMNS = [
  'repository',
  'verdict',
  'on_primary',
  'on_secondary',
  'tags',
  ...STATUSES.map((status) => status.toLowerCase().replace('-', '_')),
  'silently_skipped',
  ...['wide', 'narrow', 'gitlab_v1'].flatMap((profile) =>
    ['primary', 'secondary', 'equal'].map((part) => `${profile}_${part}`),
  ),
  'errors',
  'causes',
];

/** Rows turned into text at a time. */
const ROWS_PER_CHUNK = 500;

/**
 * `repositories.csv`: one line a repository, in the manner of `tags.csv`. Booleans are `true` and `false`, null
 * is nothing; `errors` holds `site:CODE` joined by `;`.
 */
export function* csvRepositoriesReporter({ repositories }: Report): Generator<string> {
  let rows: (readonly string[])[] = [COLUMNS];
  for (const repository of repositories) {
    rows.push(rowOf(repository));
    if (rows.length < ROWS_PER_CHUNK) continue;
    yield csvText(rows);
    rows = [];
  }
  if (rows.length > 0) yield csvText(rows);
}

function rowOf({ path, verdict, presence, counts, checksums, errors, causes }: RepositoryReport): string[] {
  return [
    path,
    verdict,
    fieldOf(presence.primary),
    fieldOf(presence.secondary),
    fieldOf(counts.total),
    ...STATUSES.map((status) => fieldOf(counts[status])),
    fieldOf(counts.silentlySkipped),
    ...pairOf(checksums.wide),
    ...pairOf(checksums.narrow),
    ...pairOf(checksums.gitlabV1),
    errors.map(({ site, code }) => `${site}:${code}`).join(';'),
    causes.join(';'),
  ];
}

function pairOf({ primary, secondary, equal }: ChecksumPair): string[] {
  return [fieldOf(primary), fieldOf(secondary), fieldOf(equal)];
}

function fieldOf(value: string | number | boolean | null): string {
  return value === null ? '' : String(value);
}
