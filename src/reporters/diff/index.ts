import type { ReportDiff } from '../../report/diff-reports.ts';
import { diffJson } from './json.ts';
import { diffMarkdown } from './markdown.ts';
import { diffTable } from './table.ts';

/** The formats of `diff`. */
export type DiffFormat = 'table' | 'json' | 'markdown';

/** Every format of `diff`; pure, as the reporters of a report are. */
export const DIFF_REPORTERS = {
  table: diffTable,
  json: diffJson,
  markdown: diffMarkdown,
} as const satisfies Record<DiffFormat, (diff: ReportDiff) => Iterable<string>>;
