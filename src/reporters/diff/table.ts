import type { ReportDiff } from '../../report/diff-reports.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { CHANGE_KINDS, changeWords, diffSentence, KIND_WORDS, verdictWords } from './words.ts';

/** Tags of one kind are listed up to this many; the JSON has them all. */
const MOST_ROWS = 200;

/** The difference for a terminal or a ticket: a repository a paragraph, a tag a line. */
export function* diffTable(diff: ReportDiff): Generator<string> {
  for (const repository of diff.repositories) {
    yield `${escapeTerminal(repository.path)}  ${verdictWords(repository)}\n`;
    for (const kind of CHANGE_KINDS) {
      const changes = repository[kind];
      if (changes.length === 0) continue;
      yield `  ${KIND_WORDS[kind]}: ${changes.length}\n`;
      for (const change of changes.slice(0, MOST_ROWS)) {
        yield `    ${escapeTerminal(change.name)}  ${changeWords(change, kind)}\n`;
      }
      if (changes.length > MOST_ROWS)
        yield `    and ${changes.length - MOST_ROWS} more (--format json has them all)\n`;
    }
    yield '\n';
  }
  yield `${diffSentence(diff)}\n`;
}
