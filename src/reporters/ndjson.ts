import type { Report } from '../report/report.ts';
import { escapeJsonText } from './escape-terminal.ts';

/**
 * `report.ndjson`: one JSON value a line, for `jq`, log pipelines and anything that cannot hold a report in
 * memory. `kind` says what a line is:
 *
 * - `run`, the first line: everything of the report but its repositories;
 * - `repository`: a repository without its tags and errors, followed by those:
 * - `error` and `tag`, each with the path of its `repository` and the rest as in `report.json`.
 */
export function* ndjsonReporter(report: Report): Generator<string> {
  const { repositories, ...run } = report;
  yield line({ kind: 'run', ...run });
  for (const { tags, errors, ...repository } of repositories) {
    yield line({ kind: 'repository', ...repository });
    for (const error of errors) yield line({ kind: 'error', repository: repository.path, ...error });
    for (const tag of tags) yield line({ kind: 'tag', repository: repository.path, ...tag });
  }
}

function line(value: object): string {
  return `${escapeJsonText(JSON.stringify(value))}\n`;
}
