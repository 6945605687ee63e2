import { escapeJsonText } from '../../core/unsafe-text.ts';
import type { ReportDiff } from '../../report/diff-reports.ts';

/** The difference as data, with a `kind` and a version of its own. */
export function* diffJson(diff: ReportDiff): Generator<string> {
  yield `${escapeJsonText(JSON.stringify({ schemaVersion: 1, kind: 'diff', ...diff }, null, 2))}\n`;
}
