import type { Report, Verdict } from '../report/report.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { painter } from './paint.ts';
import { plural } from './plural.ts';
import type { ReporterOptions } from './reporter.ts';
import { fixSentence, sentence } from './sentence.ts';
import { header } from './table/header.ts';
import { countWords, inSyncLine, remarksOf, repositorySection, verdictWords } from './table/repository.ts';
import { whySection } from './table/why.ts';
import { wrapWords } from './wrap-words.ts';

const WORST_FIRST = ['INCOMPLETE', 'OUT-OF-SYNC', 'IN-SYNC'] as const satisfies readonly Verdict[];
/** Up to this many repositories in sync have a line of their own. */
const MOST_IN_SYNC_LINES = 10;
/** Sentences name up to three repositories, so they are never far longer than a few paths. */
const LONGEST_SENTENCE = 4000;

/**
 * The report for people: what a support engineer reads on stdout and pastes into a ticket. Worst first,
 * only what is not MATCH unless `verbose`, and at the end what it all means. Text from outside is escaped.
 */
export function* tableReporter(report: Report, options: ReporterOptions): Generator<string> {
  yield* header(report, options);
  for (const verdict of WORST_FIRST) {
    if (verdict === 'IN-SYNC' && !options.verbose) {
      yield* inSyncRepositories(report, options);
      continue;
    }
    for (const repository of report.repositories)
      if (repository.verdict === verdict) yield* repositorySection(report, repository, options);
  }
  yield* summary(report, options);
}

function* inSyncRepositories({ summary, repositories }: Report, options: ReporterOptions): Generator<string> {
  const total = summary.repositories['IN-SYNC'];
  if (total === 0) return;
  yield '\n';
  let named = 0;
  for (const repository of repositories) {
    if (repository.verdict !== 'IN-SYNC') continue;
    // What is odd is shown by name, however many there are.
    if (total > MOST_IN_SYNC_LINES && remarksOf(repository).length === 0) continue;
    named++;
    yield inSyncLine(repository, options);
    yield* whySection(repository, options);
  }
  const rest = total - named;
  if (rest > 0) {
    const verdict = verdictWords('IN-SYNC', painter(options.color));
    yield `${verdict}  ${plural(rest, named > 0 ? 'more repository' : 'repository')}\n`;
  }
}

function* summary(report: Report, options: ReporterOptions): Generator<string> {
  const { verdict, repositories, tags, silentlySkipped } = report.summary;
  const verdicts = WORST_FIRST.filter((one) => repositories[one] > 0).map(
    (one) => `${repositories[one]} ${one}`,
  );
  const total =
    plural(repositories.total, 'repository') + (verdicts.length > 0 ? `: ${verdicts.join(', ')}` : '');
  yield `\n${verdictWords(verdict, painter(options.color))}\n`;
  const lines = [total, countWords({ counts: { ...tags, silentlySkipped }, verdict }), sentence(report)];
  if (report.fix !== null) lines.push(fixSentence(report.fix));
  for (const line of lines) yield `${wrapWords(escapeTerminal(line, LONGEST_SENTENCE), options.width, '')}\n`;
}
