import type { ReportDiff } from '../../report/diff-reports.ts';
import { type Block, cutToFit } from '../markdown/cut-to-fit.ts';
import { codeOf, htmlCodeOf } from '../markdown/escape-markdown.ts';
import { CHANGE_KINDS, changeWords, diffSentence, KIND_WORDS, verdictWords } from './words.ts';

/** The longest description that GitLab takes. */
const LONGEST = 1_048_576;
const NOTE = '\n\n*Cut here: GitLab takes no longer description. The JSON form has everything.*\n';

const HEADER = '\n| tag | change | before and after |\n| --- | --- | --- |\n';

/** The difference for a GitLab issue: the sentence, a table of totals, then each repository folded. */
export function* diffMarkdown(diff: ReportDiff): Generator<string> {
  yield* cutToFit(blocks(diff), LONGEST, NOTE);
}

function* blocks(diff: ReportDiff): Generator<Block> {
  const totals = CHANGE_KINDS.map((kind) => `| ${KIND_WORDS[kind]} | ${diff.totals[kind]} |`).join('\n');
  yield {
    text: `## Container registry: before and after\n\n${diffSentence(diff)}\n\n| tags | number |\n| --- | ---: |\n${totals}\n`,
    closing: '',
  };
  for (const repository of diff.repositories) {
    const end = '\n</details>\n';
    const hasTags = CHANGE_KINDS.some((kind) => repository[kind].length > 0);
    yield {
      text: `\n<details>\n<summary>${htmlCodeOf(repository.path)}: ${verdictWords(repository)}</summary>\n${hasTags ? HEADER : ''}`,
      closing: end,
    };
    for (const kind of CHANGE_KINDS) {
      for (const change of repository[kind]) {
        yield {
          text: `| ${codeOf(change.name)} | ${KIND_WORDS[kind]} | ${changeWords(change, kind)} |\n`,
          closing: end,
        };
      }
    }
    yield { text: end, closing: '' };
  }
}
