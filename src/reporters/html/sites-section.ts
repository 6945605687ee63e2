import { type Report, SITES, type Site } from '../../report/report.ts';
import { siteFacts } from '../site-words.ts';
import { trafficWords } from '../traffic-words.ts';
import { escapeHtml } from './escape-html.ts';

/** Both sites and their versions side by side, and the options of the run. */
export function* sitesSection(report: Report): Generator<string> {
  const secondary = factsOf(report, 'secondary');
  yield '<section aria-labelledby="sites"><h2 id="sites">Sites and versions</h2>\n';
  yield '<div class="scroll"><table class="sites"><thead><tr><td></td>';
  yield `${SITES.map((site) => `<th scope="col">${site}</th>`).join('')}</tr></thead><tbody>\n`;
  for (const [index, [label, words]] of factsOf(report, 'primary').entries()) {
    const other = secondary[index]?.[1] ?? '';
    yield `<tr><th scope="row">${label}</th><td>${escapeHtml(words)}</td><td>${escapeHtml(other)}</td></tr>\n`;
  }
  yield '</tbody></table></div>\n<details class="minor"><summary>Options of this run</summary><dl>\n';
  for (const [name, value] of Object.entries(report.run.options)) {
    yield `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(JSON.stringify(value) ?? '')}</code></dd>\n`;
  }
  yield '</dl></details></section>\n';
}

function factsOf({ sites, run }: Report, site: Site): [label: string, words: string][] {
  const facts = siteFacts(sites[site]);
  return run.traffic === undefined ? facts : [...facts, ['requests', trafficWords(run.traffic[site])]];
}
