import type { FixReport } from '../../report/report.ts';
import { plural } from '../plural.ts';
import { escapeHtml } from './escape-html.ts';

const MOST_ACTIONS = 500;

/** What `--fix` did, action by action, what failed first; nothing without a fix. */
export function* fixSection(fix: FixReport | null): Generator<string> {
  if (fix === null) return;
  const actions = (['failed', 'skipped', 'done'] as const).flatMap((outcome) =>
    fix.actions.filter((action) => action.outcome === outcome),
  );
  yield '<section aria-labelledby="fix"><h2 id="fix">What the fix did</h2>\n<div class="scroll"><table><thead><tr>';
  yield '<th scope="col">Outcome</th><th scope="col">Action</th><th scope="col">Tag</th><th scope="col">Detail</th></tr></thead><tbody>\n';
  for (const { outcome, type, repository, tag, detail, bytes } of actions.slice(0, MOST_ACTIONS)) {
    const size = bytes === 0 ? '' : `, ${plural(bytes, 'byte')}`;
    yield `<tr><td>${outcome === 'failed' ? '<strong class="bad">failed</strong>' : outcome}</td><td>${type}</td>` +
      `<td><code>${escapeHtml(tag, 300)}</code><br><span class="quiet">${escapeHtml(repository)}</span></td>` +
      `<td>${escapeHtml(detail)}${size}</td></tr>\n`;
  }
  yield '</tbody></table></div>\n';
  const more = actions.length - MOST_ACTIONS;
  if (more > 0) yield `<p>… and ${plural(more, 'more action')}, in report.json.</p>\n`;
  yield '</section>\n';
}
