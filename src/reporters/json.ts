import { remembering, rememberingTexts } from '../report/reading-text.ts';
import { REPORT_KEYS, REPOSITORY_KEYS, type Report, type RepositoryReport } from '../report/report.ts';
import type { TagReport } from '../report/tag-report.ts';
import { jsonArray, jsonLine, jsonObject } from './json-layout.ts';

/**
 * `report.json`: indented by two spaces, but each tag on a line of its own, so that it can be read, grepped
 * and compared by line. Keys stand in the contract's order. In chunks: the text of a large report is never one
 * string.
 */
export function* jsonReporter(report: Report): Generator<string> {
  yield* jsonObject(report, REPORT_KEYS, '  ', {
    repositories: (repositories) => jsonArray(repositories, '    ', repositoryChunks),
  });
  yield '\n';
}

function repositoryChunks(repository: RepositoryReport): Iterable<string> {
  return jsonObject(repository, REPOSITORY_KEYS, '      ', {
    tags: (tags) => jsonArray(tags, '        ', tagOnOneLine),
  });
}

const readingText = rememberingTexts(jsonLine);
/** The same few words stand at every tag. */
const wordText = remembering(jsonLine);

/** A tag's keys in the order in which they are written. */
const TAG_KEYS = [
  'name',
  'status',
  'primary',
  'secondary',
  'narrowStatus',
  'silentlySkipped',
  'unstable',
  'causes',
] as const satisfies readonly (keyof TagReport)[];

/** What `jsonLine` gives, with the text of a reading that many tags share made once; there may be a million tags. */
function tagOnOneLine(tag: TagReport): string[] {
  if (!isPlainTag(tag)) return [jsonLine(tag)];
  const { name, status, primary, secondary, narrowStatus, silentlySkipped, unstable, causes } = tag;
  return [
    `{"name":${jsonLine(name)},"status":${wordText(status)},"primary":${readingText(primary)},"secondary":${readingText(secondary)},` +
      `"narrowStatus":${wordText(narrowStatus)},"silentlySkipped":${silentlySkipped},` +
      `"unstable":${unstable},"causes":${causes.length === 0 ? '[]' : jsonLine(causes)}}`,
  ];
}

/** False for a tag with other keys, as of a later release, or in another order. */
function isPlainTag(tag: TagReport): boolean {
  let at = 0;
  for (const key in tag) if (key !== TAG_KEYS[at++]) return false;
  return at === TAG_KEYS.length;
}
