import { type Report, type RepositoryReport, reportSchema, repositoryReport } from '../report/report.ts';
import { escapeJsonText } from './escape-terminal.ts';

const REPORT_KEYS = reportSchema.keyof().options;
const REPOSITORY_KEYS = repositoryReport.keyof().options;

/**
 * `report.json`: indented by two spaces, but each tag on a line of its own, so that it can be read, grepped
 * and compared by line. Keys stand in the contract's order. One chunk a tag: the text of a large report is
 * never one string.
 */
export function* jsonReporter(report: Report): Generator<string> {
  let separator = '{\n';
  for (const key of REPORT_KEYS) {
    yield `${separator}  "${key}": `;
    if (key === 'repositories') yield* list(report.repositories, '    ', repositoryChunks, '  ');
    else yield indented(report[key], '  ');
    separator = ',\n';
  }
  yield '\n}\n';
}

function* repositoryChunks(repository: RepositoryReport): Generator<string> {
  let separator = '{\n';
  for (const key of REPOSITORY_KEYS) {
    yield `${separator}      "${key}": `;
    if (key === 'tags') yield* list(repository.tags, '        ', onOneLine, '      ');
    else yield indented(repository[key], '      ');
    separator = ',\n';
  }
  yield '\n    }';
}

function* list<T>(
  values: readonly T[],
  indent: string,
  chunks: (value: T) => Iterable<string>,
  closingIndent: string,
): Generator<string> {
  if (values.length === 0) {
    yield '[]';
    return;
  }
  let separator = '[\n';
  for (const value of values) {
    yield separator + indent;
    yield* chunks(value);
    separator = ',\n';
  }
  yield `\n${closingIndent}]`;
}

function onOneLine(value: unknown): string[] {
  return [escapeJsonText(JSON.stringify(value))];
}

/** Strings in JSON hold no raw newline, so every newline is layout and may be followed by an indent. */
function indented(value: unknown, indent: string): string {
  return escapeJsonText(JSON.stringify(value, null, 2)).replaceAll('\n', `\n${indent}`);
}
