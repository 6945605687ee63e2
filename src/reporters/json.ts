import { type Report, type RepositoryReport, reportSchema, repositoryReport } from '../report/report.ts';
import { jsonArray, jsonObject } from './json-layout.ts';

const REPORT_KEYS = reportSchema.keyof().options;
const REPOSITORY_KEYS = repositoryReport.keyof().options;

/**
 * `report.json`: indented by two spaces, but each tag on a line of its own, so that it can be read, grepped
 * and compared by line. Keys stand in the contract's order. One chunk a tag: the text of a large report is
 * never one string.
 */
export function* jsonReporter(report: Report): Generator<string> {
  yield* jsonObject(report, REPORT_KEYS, '  ', {
    repositories: (repositories) => jsonArray(repositories, '    ', repositoryChunks),
  });
  yield '\n';
}

function repositoryChunks(repository: RepositoryReport): Iterable<string> {
  return jsonObject(repository, REPOSITORY_KEYS, '      ', { tags: (tags) => jsonArray(tags, '        ') });
}
