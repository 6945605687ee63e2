import type { Report } from '../../report/report.ts';
import { plural } from '../plural.ts';
import { runWords } from '../run-words.ts';
import { fixSentence, sentence } from '../sentence.ts';
import { filterWords, timeWords } from '../table/header.ts';
import { escapeHtml } from './escape-html.ts';
import { statusBar, verdictPill } from './parts.ts';

const LONGEST_SENTENCE = 4000;
/** Longer than this it is set smaller. */
const LONG_SENTENCE = 260;

/** The top of the page: what it is, the verdict in a sentence, and the tags of all repositories as a bar. */
export function* summarySection(report: Report): Generator<string> {
  const { tool, run, summary } = report;
  const filters = filterWords(run.options).replace(/^; /, '');
  yield '<header class="top"><p class="what"><strong>Container registry audit</strong> of two GitLab Geo sites</p>';
  yield '<button type="button" id="theme" class="plain scripted">Dark colours</button></header>\n';
  yield `<section class="hero v-${summary.verdict}" aria-labelledby="verdict">\n`;
  yield `<p>${verdictPill(summary.verdict)}</p>\n`;
  const words = sentence(report);
  yield `<h1 id="verdict"${words.length > LONG_SENTENCE ? ' class="long"' : ''}>${escapeHtml(words, LONGEST_SENTENCE)}</h1>\n`;
  if (report.fix !== null) yield `<p>${escapeHtml(fixSentence(report.fix), LONGEST_SENTENCE)}</p>\n`;
  yield statusBar(summary.tags);
  yield `<p class="facts">${[
    `${plural(summary.tags.total, 'tag')} in ${plural(summary.repositories.total, 'repository')}`,
    summary.silentlySkipped === null
      ? 'skipped silently by sync: not read'
      : `${summary.silentlySkipped} skipped silently by sync`,
    ...(filters === '' ? [] : [`filters: <code>${escapeHtml(filters)}</code>`]),
  ].join(' · ')}</p>\n`;
  yield `<p class="facts quiet">${escapeHtml(tool.name)} ${escapeHtml(tool.version)} ${escapeHtml(run.command)}, ` +
    `<time datetime="${escapeHtml(run.startedAt)}">${escapeHtml(timeWords(run.startedAt))}</time> to ` +
    `<time datetime="${escapeHtml(run.finishedAt)}">${escapeHtml(timeWords(run.finishedAt))}</time> UTC, read by ${run.clientPath}</p>\n`;
  for (const words of runWords(report)) yield `<p class="facts">${escapeHtml(words)}</p>\n`;
  yield '</section>\n';
}
