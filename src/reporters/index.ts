import { csvReporter } from './csv.ts';
import { jsonReporter } from './json.ts';
import type { ReporterEntry } from './reporter.ts';
import { tableReporter } from './table.ts';

/** The formats `--format` knows. */
export const FORMATS = ['json', 'csv', 'table'] as const;

/** A name of `--format`. */
export type Format = (typeof FORMATS)[number];

/** Every format with its reporter; a new one is one file, its name above and its line here. */
export const REPORTERS = {
  json: { reporter: jsonReporter, fileName: 'report.json', description: 'the whole report as data' },
  csv: { reporter: csvReporter, fileName: 'tags.csv', description: 'one line a tag, for spreadsheets' },
  table: { reporter: tableReporter, fileName: 'report.txt', description: 'for people and tickets' },
} as const satisfies Record<Format, ReporterEntry>;
