import {
  type ChecksumPair,
  type Report,
  type RepositoryReport,
  SITES,
  type SiteError,
} from '../../report/report.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { type Paint, painter } from '../paint.ts';
import { plural } from '../plural.ts';
import type { ReporterOptions } from '../reporter.ts';
import { repositorySentence } from '../sentence.ts';
import { shortDigest, WORST_FIRST } from '../tag-words.ts';
import { wrapWords } from '../wrap-words.ts';
import { geoLines, geoOpinion } from './geo-lines.ts';
import { tagTable } from './tags.ts';
import { whySection } from './why.ts';

/** Tags named in an error before it says how many more. */
const NAMED_TAGS = 10;

/** One repository in full: verdict, counts, errors, checksums, causes, tags. */
export function* repositorySection(
  report: Report,
  repository: RepositoryReport,
  options: ReporterOptions,
): Generator<string> {
  const paint = painter(options.color);
  yield '\n';
  yield `${verdictWords(repository.verdict, paint)}  ${paint('bold', escapeTerminal(repository.path))}\n`;
  const prose = [
    countWords(repository),
    // With one repository the sentence at the end says the same.
    ...(report.repositories.length > 1 && repository.verdict === 'OUT-OF-SYNC'
      ? [repositorySentence(report, repository)]
      : []),
    ...presenceWords(repository),
    ...repository.errors.flatMap(errorLines),
  ];
  if (repository.causes.length > 0) prose.push(`causes: ${repository.causes.join(', ')}`);
  for (const line of prose) {
    yield `${wrapWords(`  ${escapeTerminal(line, LONGEST_LINE)}`, options.width, '    ')}\n`;
  }
  yield* checksumLines(repository, paint);
  for (const line of geoLines(repository)) {
    yield `${wrapWords(`  ${escapeTerminal(line, LONGEST_LINE)}`, options.width, '    ')}\n`;
  }
  yield* tagTable(repository, options);
  yield* whySection(repository, options);
}

const LONGEST_LINE = 1000;

/** One repository that is in sync, on a line; with what is odd about it all the same. */
export function inSyncLine(repository: RepositoryReport, options: ReporterOptions): string {
  const remarks = remarksOf(repository);
  const tags =
    repository.counts.total === 0
      ? // A filter may hide what is there: "none" would be a claim about what was not looked at.
        'no tag to show'
      : `${plural(repository.counts.total, 'tag')} MATCH`;
  const words = escapeTerminal([`${repository.path}  ${tags}`, ...remarks].join('; '), LONGEST_LINE);
  const verdict = verdictWords(repository.verdict, painter(options.color));
  // The verdict is wrapped without its colour and painted after.
  return `${wrapWords(`IN-SYNC  ${words}`, options.width, '  ').replace('IN-SYNC', () => verdict)}\n`;
}

/** What a reader must see of a repository although every tag matches; nothing for an ordinary one. */
export function remarksOf(repository: RepositoryReport): string[] {
  const { narrow, gitlabV1 } = repository.checksums;
  return [
    ...(narrow.equal === false ? ['narrow checksums DIFFERENT'] : []),
    ...(gitlabV1.equal === false ? ['gitlab-v1 checksums DIFFERENT'] : []),
    ...geoOpinion(repository, false),
    ...(repository.causes.length > 0 ? [repository.causes.join(', ')] : []),
    ...repository.errors.flatMap(errorLines),
  ];
}

/** The verdict, coloured if there is colour. */
export function verdictWords(verdict: RepositoryReport['verdict'], paint: Paint): string {
  return paint(verdict === 'IN-SYNC' ? 'green' : verdict === 'INCOMPLETE' ? 'yellow' : 'red', verdict);
}

/**
 * `62 tags: 52 MISMATCH, 10 MATCH; 52 skipped silently`. Where something could not be read only the tags
 * with a verdict are counted, and the words say so: `0 tags` would read as an empty repository.
 */
export function countWords({ counts, verdict }: Pick<RepositoryReport, 'counts' | 'verdict'>): string {
  const parts = WORST_FIRST.filter((status) => counts[status] > 0).map(
    (status) => `${counts[status]} ${status}`,
  );
  const read = verdict === 'INCOMPLETE' ? ' with a verdict' : '';
  const skipped =
    counts.total === counts.MATCH
      ? ''
      : counts.silentlySkipped === null
        ? '; skipped silently: not read'
        : `; ${counts.silentlySkipped} skipped silently`;
  return `${plural(counts.total, 'tag')}${read}${parts.length > 0 ? ': ' : ''}${parts.join(', ')}${skipped}`;
}

function presenceWords({ presence }: RepositoryReport): string[] {
  return SITES.flatMap((site) =>
    presence[site] === false ? [`not on ${site}: its registry does not know the repository`] : [],
  );
}

function errorLines(error: SiteError): string[] {
  const status = error.status === null ? '' : ` (HTTP ${error.status})`;
  const tags = error.tags ?? [];
  const named = tags.slice(0, NAMED_TAGS).map((tag) => escapeTerminal(tag, 128));
  const more = tags.length > NAMED_TAGS ? ` and ${tags.length - NAMED_TAGS} more` : '';
  return [
    `error on ${error.site}: ${error.code}${status}: ${error.message}`,
    ...(error.hint === undefined ? [] : [`hint: ${error.hint}`]),
    ...(tags.length > 0 ? [`no verdict for ${plural(tags.length, 'tag')}: ${named.join(', ')}${more}`] : []),
  ];
}

function* checksumLines({ checksums }: RepositoryReport, paint: Paint): Generator<string> {
  const pairs: [string, ChecksumPair][] = [
    ['wide', checksums.wide],
    ['narrow', checksums.narrow],
    ['gitlab-v1', checksums.gitlabV1],
  ];
  yield '  checksum   primary       secondary\n';
  for (const [name, pair] of pairs) {
    const [primary, secondary] = SITES.map((site) => shortChecksum(pair[site]).padEnd(12));
    const outcome =
      pair.equal === null ? 'not compared' : pair.equal ? paint('green', 'equal') : paint('red', 'DIFFERENT');
    yield `  ${name.padEnd(9)}  ${primary}  ${secondary}  ${outcome}\n`;
  }
}

function shortChecksum(checksum: string | null): string {
  return checksum === null ? 'not read' : shortDigest(checksum, true);
}
