import type { Format } from './formats.ts';
import type { ReporterEntry } from './reporter.ts';

/**
 * Every format with its reporter, which is loaded when it is asked for: most runs write three of them, and a page's script
 * and styles are nothing that a scan should wait for. A new one is one file and its line here.
 */
export const REPORTERS = {
  json: {
    load: async () => (await import('./json.ts')).jsonReporter,
    fileName: 'report.json',
    description: 'the whole report as data',
  },
  csv: {
    load: async () => (await import('./csv.ts')).csvReporter,
    fileName: 'tags.csv',
    description: 'one line a tag, for spreadsheets',
    companions: [
      {
        load: async () => (await import('./csv-repositories.ts')).csvRepositoriesReporter,
        fileName: 'repositories.csv',
      },
    ],
  },
  table: {
    load: async () => (await import('./table.ts')).tableReporter,
    fileName: 'report.txt',
    description: 'for people and tickets',
  },
  html: {
    load: async () => (await import('./html.ts')).htmlReporter,
    fileName: 'report.html',
    description: 'one page for a browser and for paper',
  },
  markdown: {
    load: async () => (await import('./markdown.ts')).markdownReporter,
    fileName: 'report.md',
    description: 'for a GitLab issue',
  },
  junit: {
    load: async () => (await import('./junit.ts')).junitReporter,
    fileName: 'junit.xml',
    description: 'for CI, a case per tag',
  },
  ndjson: {
    load: async () => (await import('./ndjson.ts')).ndjsonReporter,
    fileName: 'report.ndjson',
    description: 'one JSON value a line',
  },
} as const satisfies Record<Format, ReporterEntry>;
