import { countOf } from '../../core/list.ts';
import { isFinding } from '../../report/deep.ts';
import { type ChecksumPair, type RepositoryReport, SITES } from '../../report/report.ts';
import type { TagReport } from '../../report/tag-report.ts';
import { causesOf } from '../next-steps.ts';
import { plural } from '../plural.ts';
import { evidenceWords, remarkWords } from '../repository-words.ts';
import { countWords } from '../table/repository.ts';
import { kindWords, MARKS, noteWords, readingWords, WORST_FIRST } from '../tag-words.ts';
import type { Block } from './cut-to-fit.ts';
import { codeOf, htmlCodeOf, proseOf } from './escape-markdown.ts';

const CLOSING = '\n</details>\n';
/** Tags named in an error before it says how many more. */
const NAMED_TAGS = 10;

/** One repository as a collapsed section: errors, checksums, causes, and the tags that are not MATCH. */
export function* repositoryBlocks(repository: RepositoryReport): Generator<Block> {
  yield {
    text:
      `\n<details>\n<summary>${htmlCodeOf(repository.path)}: <strong>${repository.verdict}</strong>, ` +
      `${countWords(repository)}</summary>\n`,
    closing: CLOSING,
  };
  for (const text of [
    ...presenceOf(repository),
    ...errorsOf(repository),
    checksumsOf(repository),
    ...remarkWords(repository).map((words) => `\n${proseOf(words)}\n`),
    ...causesLine(repository),
    ...evidenceWords(repository).map(([code, words]) => `- ${codeOf(code)}: ${proseOf(words)}\n`),
  ]) {
    yield { text, closing: CLOSING };
  }
  for (const text of tagRows(repository)) yield { text, closing: CLOSING };
  yield { text: CLOSING, closing: '' };
}

function presenceOf({ presence }: RepositoryReport): string[] {
  return SITES.flatMap((site) =>
    presence[site] === false ? [`\nNot on the ${site}: its registry does not know the repository.\n`] : [],
  );
}

function errorsOf({ errors }: RepositoryReport): string[] {
  if (errors.length === 0) return [];
  return [
    '\n**Could not be read**\n\n',
    ...errors.map((error) => {
      const status = error.status === null ? '' : `, HTTP ${error.status}`;
      const tags = error.tags ?? [];
      const more = tags.length > NAMED_TAGS ? ` and ${tags.length - NAMED_TAGS} more` : '';
      const named = tags.slice(0, NAMED_TAGS).map((tag) => codeOf(tag, 128));
      return [
        `- ${error.site}: ${codeOf(error.code)}${status}: ${codeOf(error.message)}\n`,
        error.hint === undefined ? '' : `  - next step: ${proseOf(error.hint)}\n`,
        tags.length === 0
          ? ''
          : `  - no verdict for ${plural(tags.length, 'tag')}: ${named.join(', ')}${more}\n`,
      ].join('');
    }),
  ];
}

function checksumsOf({ checksums }: RepositoryReport): string {
  const pairs: [string, ChecksumPair][] = [
    ['wide', checksums.wide],
    ['narrow', checksums.narrow],
    ['gitlab-v1', checksums.gitlabV1],
  ];
  const rows = pairs.map(
    ([name, pair]) =>
      `| ${name} | ${equalWords(pair.equal)} | ${checksumOf(pair.primary)} | ${checksumOf(pair.secondary)} |\n`,
  );
  return `\n| checksum | | primary | secondary |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

/** The outcome of comparing two checksums, in words. */
export function equalWords(equal: boolean | null): string {
  return equal === null ? 'not compared' : equal ? 'equal' : '**different**';
}

function checksumOf(checksum: string | null): string {
  return checksum === null ? 'not read' : codeOf(checksum);
}

function causesLine(repository: RepositoryReport): string[] {
  const codes = causesOf(repository);
  if (codes.length === 0) return [];
  return [`\nCauses, explained above: ${codes.map((code) => codeOf(code)).join(', ')}\n\n`];
}

function* tagRows({ tags }: RepositoryReport): Generator<string> {
  let head =
    '\n| tag | status | primary | secondary | kind | Geo sees (narrow) | notes |\n' +
    '| --- | --- | --- | --- | --- | --- | --- |\n';
  for (const status of WORST_FIRST) {
    for (const tag of tags) {
      if (tag.status !== status || !isFinding(tag)) continue;
      yield head + tagRow(tag);
      head = '';
    }
  }
  const sound = countOf(tags, (tag) => !isFinding(tag));
  if (sound > 0) yield `\n${plural(sound, 'tag')} MATCH; not listed.\n`;
}

function tagRow(tag: TagReport): string {
  const cells = [
    codeOf(tag.name, 128),
    `\`${MARKS[tag.status]}\` ${tag.status}`,
    ...SITES.map((site) => readingCell(tag[site])),
    kindWords(tag),
    tag.narrowStatus ?? 'not read',
    noteWords(tag)
      .map((note) => (/^[a-z ]+$/.test(note) ? note : codeOf(note)))
      .join(', '),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

function readingCell(reading: TagReport['primary']): string {
  const words = readingWords(reading, true);
  if (reading.state === 'resolved') return codeOf(words);
  return reading.state === 'absent' ? words : `${words}: ${codeOf(reading.reason, 80)}`;
}
