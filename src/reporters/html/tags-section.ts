import { isFinding } from '../../report/deep.ts';
import { type Report, SITES } from '../../report/report.ts';
import type { TagReport } from '../../report/tag-report.ts';
import { type CauseTexts, causeTextsOf } from '../cause-texts.ts';
import { inOrder } from '../next-steps.ts';
import { plural } from '../plural.ts';
import { kindWords, noteWords, readingWords, WORST_FIRST } from '../tag-words.ts';
import { escapeHtml } from './escape-html.ts';
import { groupOf, groupWords } from './group-tags.ts';
import { statusPill } from './parts.ts';
import { tagData } from './tag-data.ts';

/** Rows of the table that paper and browsers without script get. */
const MOST_STATIC_ROWS = 500;

/** The tags: their data with the controls that the script brings to life, and a plain table in its stead. */
export function* tagsSection(report: Report): Generator<string> {
  yield '<section aria-labelledby="tags" id="tag-section"><h2 id="tags">Tags</h2>\n';
  if (report.summary.tags.total === 0) {
    yield '<p>There is no tag with a verdict.</p></section>\n';
    return;
  }
  yield CONTROLS;
  yield* staticTable(report);
  yield '<script type="application/json" id="tag-data">';
  yield* tagData(report);
  yield '</script></section>\n';
}

const CONTROLS = `<div class="interactive scripted">
<div class="controls" role="search">
<label class="grow">Search <input type="search" id="search" placeholder="tag, digest, cause or repository" autocomplete="off" spellcheck="false"></label>
<label id="repository-filter">Repository <select id="repository"><option value="">all</option></select></label>
<label>Cause <select id="cause"><option value="">all</option></select></label>
</div>
<div class="controls">
<fieldset id="statuses"><legend>Status</legend></fieldset>
<label class="check"><input type="checkbox" id="skipped"> skipped silently only</label>
<label class="check"><input type="checkbox" id="grouped" checked> grouped by cause</label>
<button type="button" id="reset" class="plain">Reset</button>
</div>
<p id="shown" role="status" aria-live="polite"></p>
<div class="scroll"><table id="tag-table"><thead><tr id="tag-head"></tr></thead><tbody id="tag-rows"></tbody></table></div>
<nav class="pages" aria-label="Pages of tags"><button type="button" id="first">First</button><button type="button" id="previous">Previous</button><span id="page"></span><button type="button" id="next-page">Next</button><button type="button" id="last">Last</button></nav>
</div>
`;

interface Row {
  readonly path: string;
  readonly tag: TagReport;
}

function* staticTable(report: Report): Generator<string> {
  const groups = new Map<string, Row[]>();
  let differing = 0;
  for (const status of WORST_FIRST) {
    for (const { path, tags } of report.repositories) {
      for (const tag of tags) {
        if (tag.status !== status || !isFinding(tag) || ++differing > MOST_STATIC_ROWS) continue;
        const group = groupOf(tag);
        const rows = groups.get(group);
        if (rows === undefined) groups.set(group, [{ path, tag }]);
        else rows.push({ path, tag });
      }
    }
  }
  yield '<div class="static">\n';
  if (differing > 0) {
    yield '<table><thead><tr><th scope="col">Tag</th><th scope="col">Status</th><th scope="col">primary</th><th scope="col">secondary</th><th scope="col">Kind</th><th scope="col">Geo sees (narrow)</th><th scope="col">Notes</th></tr></thead>\n';
    for (const group of inOrder(groups.keys()))
      yield groupText(group, groups.get(group) ?? [], report.repositories.length > 1, causeTextsOf(report));
    yield '</table>\n';
  }
  const more = differing - MOST_STATIC_ROWS;
  if (more > 0)
    yield `<p>… and ${plural(more, 'more tag')} not MATCH: report.json and tags.csv have them all.</p>\n`;
  const sound = report.summary.tags.total - differing;
  if (sound > 0) yield `<p>${plural(sound, 'tag')} MATCH; not listed here.</p>\n`;
  yield '</div>\n';
}

function groupText(group: string, rows: readonly Row[], many: boolean, textsOf: CauseTexts): string {
  const code = group === group.toUpperCase() ? ` <code>${escapeHtml(group)}</code>` : '';
  const head = `<tbody><tr class="group"><th colspan="7" scope="rowgroup">${escapeHtml(groupWords(group, textsOf))}${code}</th></tr>\n`;
  return `${head}${rows.map((row) => rowText(row, many)).join('')}</tbody>\n`;
}

function rowText({ path, tag }: Row, many: boolean): string {
  const cells = [
    `<code>${escapeHtml(tag.name, 300)}</code>${many ? `<br><span class="quiet">${escapeHtml(path)}</span>` : ''}`,
    statusPill(tag.status),
    ...SITES.map((site) => readingText(tag[site])),
    kindWords(tag),
    tag.narrowStatus ?? 'not read',
    noteWords(tag)
      // The heading of the group has said its cause.
      .filter((note) => note !== groupOf(tag))
      .map((note) => escapeHtml(note))
      .join(', '),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`;
}

function readingText(reading: TagReport['primary']): string {
  const words = escapeHtml(readingWords(reading, false));
  return reading.state === 'resolved' ? `<code class="short">${words}</code>` : words;
}
