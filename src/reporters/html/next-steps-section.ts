import type { Report } from '../../report/report.ts';
import {
  type FoundCause,
  MAKE_READABLE,
  type NextStep,
  nextSteps,
  type RepositoryError,
  RUN_AGAIN,
  unreadOf,
} from '../next-steps.ts';
import { plural } from '../plural.ts';
import { escapeHtml } from './escape-html.ts';

/** Errors listed here; each stands with its repository as well. */
const MOST_ERRORS = 10;
/** Repositories named for a cause that no tag carries. */
const NAMED_REPOSITORIES = 3;

/** What to do, in order: first what hinders reading, then what the causes ask for. */
export function* nextStepsSection(report: Report): Generator<string> {
  const unread = unreadOf(report);
  const steps = nextSteps(report);
  yield '<section aria-labelledby="next"><h2 id="next">What to do next</h2>\n';
  const { interrupted } = report.run;
  if (interrupted || unread.length + steps.length > 0) {
    yield '<ol class="steps">\n';
    if (interrupted) yield `<li><h3>${RUN_AGAIN}</h3></li>\n`;
    if (unread.length > 0) yield* readingStep(unread);
    for (const step of steps) yield stepText(step);
    yield '</ol>\n';
  } else if (report.summary.verdict === 'IN-SYNC') {
    yield '<p>Nothing: what was compared is the same on both sites.</p>\n';
  } else {
    yield '<p>The evidence fits no known cause; look at the repositories and tags below.</p>\n';
  }
  yield '</section>\n';
}

function* readingStep(unread: readonly RepositoryError[]): Generator<string> {
  yield `<li><h3>${MAKE_READABLE}</h3><ul>\n`;
  for (const error of unread.slice(0, MOST_ERRORS)) yield `<li>${errorText(error)}</li>\n`;
  const more = unread.length - MOST_ERRORS;
  yield `${more > 0 ? `<li>… and ${plural(more, 'more error')}, below with their repositories</li>` : ''}</ul></li>\n`;
}

/** An error with its place and hint. */
function errorText({ repository, site, code, status, message, hint }: RepositoryError): string {
  const http = status === null ? '' : `, HTTP ${status}`;
  const next = hint === undefined ? '' : ` <span class="hint">${escapeHtml(hint)}</span>`;
  return (
    `<code>${escapeHtml(repository)}</code> on ${site}: <strong>${escapeHtml(code)}</strong>${http}: ` +
    `${escapeHtml(message)}${next}`
  );
}

function stepText({ step, causes }: NextStep): string {
  const title = step ?? 'Causes that this version of the tool does not know';
  return `<li><h3>${escapeHtml(title)}</h3><ul>\n${causes.map(causeText).join('')}</ul></li>\n`;
}

function causeText(cause: FoundCause): string {
  const code = escapeHtml(cause.code, 500);
  const show =
    cause.tags === 0
      ? ''
      : ` <button type="button" class="plain scripted" data-show-cause="${code}">Show ${cause.tags === 1 ? 'it' : 'them'}</button>`;
  return `<li>${escapeHtml(cause.says ?? '')} <span class="quiet"><code>${code}</code>, ${whereText(cause)}</span>${show}</li>\n`;
}

function whereText({ tags, repositories }: FoundCause): string {
  if (tags > 0) return plural(tags, 'tag');
  const named = repositories.slice(0, NAMED_REPOSITORIES).map((path) => `<code>${escapeHtml(path)}</code>`);
  const more = repositories.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
