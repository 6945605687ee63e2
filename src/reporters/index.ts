import { csvReporter } from './csv.ts';
import { csvRepositoriesReporter } from './csv-repositories.ts';
import type { Format } from './formats.ts';
import { htmlReporter } from './html.ts';
import { jsonReporter } from './json.ts';
import { junitReporter } from './junit.ts';
import { markdownReporter } from './markdown.ts';
import { ndjsonReporter } from './ndjson.ts';
import type { ReporterEntry } from './reporter.ts';
import { tableReporter } from './table.ts';

/** Every format with its reporter; a new one is one file, its name above and its line here. */
export const REPORTERS = {
  json: { reporter: jsonReporter, fileName: 'report.json', description: 'the whole report as data' },
  csv: {
    reporter: csvReporter,
    fileName: 'tags.csv',
    description: 'one line a tag, for spreadsheets',
    companions: [{ reporter: csvRepositoriesReporter, fileName: 'repositories.csv' }],
  },
  table: { reporter: tableReporter, fileName: 'report.txt', description: 'for people and tickets' },
  html: {
    reporter: htmlReporter,
    fileName: 'report.html',
    description: 'one page for a browser and for paper',
  },
  markdown: { reporter: markdownReporter, fileName: 'report.md', description: 'for a GitLab issue' },
  junit: { reporter: junitReporter, fileName: 'junit.xml', description: 'for CI, a case per tag' },
  ndjson: { reporter: ndjsonReporter, fileName: 'report.ndjson', description: 'one JSON value a line' },
} as const satisfies Record<Format, ReporterEntry>;
