import { escapeJsonText } from '../core/unsafe-text.ts';
import { REPORT_KEYS, REPOSITORY_KEYS, type Report } from '../report/report.ts';

/**
 * `report.ndjson`: one JSON value a line, for `jq`, log pipelines and anything that cannot hold a report in
 * memory. `kind` says what a line is:
 *
 * - `run`, the first line: everything of the report but its repositories;
 * - `repository`: a repository without its tags and errors, followed by those:
 * - `error` and `tag`, each with the path of its `repository` and the rest as in `report.json`.
 */
export function* ndjsonReporter(report: Report): Generator<string> {
  const { repositories, ...run } = inOrder(report, REPORT_KEYS);
  yield line({ kind: 'run', ...run });
  for (const each of repositories) {
    const { tags, errors, ...repository } = inOrder(each, REPOSITORY_KEYS);
    yield line({ kind: 'repository', ...repository });
    for (const error of errors) yield line({ kind: 'error', repository: repository.path, ...error });
    for (const tag of tags) yield line({ kind: 'tag', repository: repository.path, ...tag });
  }
}

/** The same value with its keys in the contract's order, as `report.json` has them, however it came about. */
function inOrder<T extends object>(value: T, keys: ReadonlyArray<keyof T & string>): T {
  return Object.fromEntries(keys.filter((key) => key in value).map((key) => [key, value[key]])) as T;
}

function line(value: object): string {
  return `${escapeJsonText(JSON.stringify(value))}\n`;
}
