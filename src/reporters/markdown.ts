import { type Report, type RepositoryReport, SITES, type Verdict } from '../report/report.ts';
import { type Block, cutToFit } from './markdown/cut-to-fit.ts';
import { codeOf, proseOf } from './markdown/escape-markdown.ts';
import { equalWords, repositoryBlocks } from './markdown/repository.ts';
import { type FoundCause, MAKE_READABLE, nextSteps, RUN_AGAIN, unreadOf } from './next-steps.ts';
import { plural } from './plural.ts';
import { runWords } from './run-words.ts';
import { fixSentence, sentence } from './sentence.ts';
import { siteFacts } from './site-words.ts';
import { filterWords, timeWords } from './table/header.ts';
import { WORST_FIRST } from './tag-words.ts';
import { runTrafficWords } from './traffic-words.ts';

/** GitLab refuses a longer description or comment as a whole. */
export const GITLAB_DESCRIPTION_LIMIT = 1_048_576;

const NOTE =
  '\n---\n\n**Cut here:** GitLab takes no more than 1,048,576 characters. ' +
  'The whole report is in `report.json`; attach it, or `report.html`, to the issue.\n';

/** Errors listed at the top; each stands with its repository as well. */
const MOST_ERRORS = 10;

const VERDICTS_WORST_FIRST = ['INCOMPLETE', 'OUT-OF-SYNC', 'IN-SYNC'] as const satisfies readonly Verdict[];

/**
 * `report.md` for a GitLab issue: what it means, what to do, and collapsed below it every repository, worst
 * first, with the tags that are not MATCH. Cut, with a note and well-formed, where GitLab would refuse it.
 */
export function markdownReporter(report: Report): Generator<string> {
  return cutToFit(blocks(report), GITLAB_DESCRIPTION_LIMIT, NOTE);
}

function* blocks(report: Report): Generator<Block> {
  for (const text of openBlocks(report)) yield { text, closing: '' };
  for (const verdict of VERDICTS_WORST_FIRST) {
    for (const repository of report.repositories) {
      if (repository.verdict === verdict) yield* repositoryBlocks(repository);
    }
  }
  yield { text: `\n${footer(report)}`, closing: '' };
}

function* openBlocks(report: Report): Generator<string> {
  yield `## Container registries of the Geo sites: ${report.summary.verdict}\n\n${proseOf(sentence(report))}\n`;
  if (report.fix !== null) yield `\n${proseOf(fixSentence(report.fix))}\n`;
  for (const words of runWords(report)) yield `\n${proseOf(words)}\n`;
  yield* nextStepTexts(report);
  yield sitesTable(report);
  yield* repositoriesTable(report);
  if (report.repositories.length > 0) yield '\n### Repositories in detail\n';
}

function* nextStepTexts(report: Report): Generator<string> {
  const steps = nextSteps(report);
  const unread = unreadOf(report);
  const { interrupted } = report.run;
  if (!interrupted && steps.length + unread.length === 0) return;
  yield '\n### What to do next\n\n';
  // Every number is 1: Markdown counts by itself.
  if (interrupted) yield `1. **${RUN_AGAIN}**\n`;
  if (unread.length > 0) yield `1. **${MAKE_READABLE}**\n`;
  for (const error of unread.slice(0, MOST_ERRORS)) {
    yield `   - ${codeOf(error.repository)} on ${error.site}: ${codeOf(error.code)}${error.hint === undefined ? '' : `, ${proseOf(error.hint)}`}\n`;
  }
  const more = unread.length - MOST_ERRORS;
  if (more > 0) yield `   - and ${plural(more, 'more error')}, below with their repositories\n`;
  for (const { step, causes } of steps) {
    yield `1. **${step ?? 'Causes that this version of the tool does not know:'}**\n`;
    for (const cause of causes)
      yield `   - ${codeOf(cause.code)} (${whereWords(cause)}): ${cause.says ?? ''}\n`;
  }
}

function whereWords({ tags, repositories }: FoundCause): string {
  const where = plural(repositories.length, 'repository');
  return tags === 0 ? where : `${plural(tags, 'tag')} in ${where}`;
}

function sitesTable(report: Report): string {
  const secondary = siteFacts(report.sites.secondary);
  const rows = siteFacts(report.sites.primary).map(
    ([label, words], index) => `| ${label} | ${codeOf(words)} | ${codeOf(secondary[index]?.[1] ?? '')} |\n`,
  );
  const head = SITES.map((site) => ` ${site} |`).join('');
  return `\n### Sites\n\n| |${head}\n| --- | --- | --- |\n${rows.join('')}`;
}

function* repositoriesTable({ repositories }: Report): Generator<string> {
  if (repositories.length === 0) return;
  yield '\n### Repositories\n\n| repository | verdict | tags | ';
  yield `${WORST_FIRST.join(' | ')} | skipped silently | wide checksums | narrow checksums |\n`;
  yield `|${' --- |'.repeat(WORST_FIRST.length + 6)}\n`;
  for (const verdict of VERDICTS_WORST_FIRST) {
    for (const repository of repositories)
      if (repository.verdict === verdict) yield repositoryRow(repository);
  }
}

function repositoryRow({ path, verdict, counts, checksums }: RepositoryReport): string {
  const cells = [
    codeOf(path),
    `**${verdict}**`,
    counts.total,
    ...WORST_FIRST.map((status) => counts[status]),
    counts.silentlySkipped ?? 'not read',
    equalWords(checksums.wide.equal),
    equalWords(checksums.narrow.equal),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

function footer(report: Report): string {
  const { tool, run, reportDigest } = report;
  const traffic = runTrafficWords(report);
  const filters = filterWords(run.options).replace(/^; /, '');
  return (
    `${tool.name} ${codeOf(tool.version)}, ${codeOf(run.command)}, ${timeWords(run.startedAt)} to ` +
    `${timeWords(run.finishedAt)} UTC, read by ${run.clientPath}${filters === '' ? '' : `, filters: ${codeOf(filters)}`}. ` +
    `${traffic === null ? '' : `Requests: ${traffic}. `}Report ${codeOf(reportDigest)}.\n`
  );
}
