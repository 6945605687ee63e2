import { tagCauseCounts } from '../../report/cause-counts.ts';
import { findCause } from '../../report/causes.ts';
import type { RepositoryReport } from '../../report/report.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { causesOf } from '../next-steps.ts';
import { painter } from '../paint.ts';
import { plural } from '../plural.ts';
import type { ReporterOptions } from '../reporter.ts';
import { wrapWords } from '../wrap-words.ts';

/** Room for the answers of both sites; the whole evidence is in report.json. */
const LONGEST_LINE = 1200;

/** Why, and what next: for each cause of a repository what it says, what it rests on, and the step that ends it. */
export function* whySection(repository: RepositoryReport, options: ReporterOptions): Generator<string> {
  const counts = tagCauseCounts(repository);
  const codes = causesOf(repository, counts);
  if (codes.length === 0) return;
  const paint = painter(options.color);
  const line = (indent: number, text: string, hang = indent + 2) =>
    `${wrapWords(' '.repeat(indent) + escapeTerminal(text, LONGEST_LINE), options.width, ' '.repeat(hang))}\n`;
  yield '\n  why, and what next\n';
  for (const code of codes) {
    const tags = counts.get(code) ?? 0;
    const where = tags === 0 ? '' : `  ${plural(tags, 'tag')}`;
    yield `    ${paint('bold', escapeTerminal(code))}${where}\n`;
    const cause = findCause(code);
    if (cause === null) {
      yield line(6, 'This version of the tool does not know this cause.');
      continue;
    }
    yield line(6, cause.says);
    for (const { code: of, site, detail } of repository.evidence ?? []) {
      if (of === code)
        yield line(6, `seen: ${site === undefined ? '' : `${site}: `}${withShortDigests(detail)}`, 12);
    }
    yield line(6, `next: ${cause.nextStep}`, 12);
  }
}

/** Digests as the tag table shows them, so that they can be found there. */
function withShortDigests(text: string): string {
  return text.replace(/\b(sha(?:256|512):[0-9a-f]{12})[0-9a-f]+/g, '$1');
}
