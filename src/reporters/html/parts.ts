import type { Verdict } from '../../report/report.ts';
import type { Status } from '../../report/tag-report.ts';
import { plural } from '../plural.ts';
import { MARKS, shortDigest, WORST_FIRST } from '../tag-words.ts';
import { escapeHtml } from './escape-html.ts';

const VERDICT_MARKS = { 'IN-SYNC': '=', 'OUT-OF-SYNC': '≠', INCOMPLETE: '?' } as const;

/** A verdict: a sign, the word, and a colour that says nothing more. */
export function verdictPill(verdict: Verdict): string {
  return `<span class="pill v-${verdict}"><span class="mark" aria-hidden="true">${VERDICT_MARKS[verdict]}</span>${verdict}</span>`;
}

/** A status in the same way. */
export function statusPill(status: Status): string {
  return `<span class="pill s-${status}"><span class="mark" aria-hidden="true">${MARKS[status]}</span>${status}</span>`;
}

/** A digest or checksum that shows its beginning and copies as a whole; whole on paper. Null is said in words. */
export function digestButton(digest: string | null): string {
  if (digest === null) return '<span class="quiet">not read</span>';
  const whole = escapeHtml(digest);
  return (
    `<button type="button" class="digest" data-copy="${whole}" title="Copy ${whole}">` +
    `${escapeHtml(shortDigest(digest, true))}</button><span class="whole">${whole}</span>`
  );
}

type StatusCounts = Readonly<Record<Status, number>>;

const BAR_WIDTH = 1000;
/** Of {@link BAR_WIDTH}: one tag among 100,000 still shows. */
const THINNEST = 8;

/** A stacked bar of statuses with its legend in words; the legend alone where there is no tag. */
export function statusBar(counts: StatusCounts): string {
  const present = WORST_FIRST.filter((status) => counts[status] > 0);
  if (present.length === 0) return '<p class="legend quiet">no tags</p>';
  const words = present.map((status) => `${counts[status]} ${status}`);
  const total = present.reduce((sum, status) => sum + counts[status], 0);
  const widths = present.map((status) => Math.max(THINNEST, (counts[status] / total) * BAR_WIDTH));
  const scale = BAR_WIDTH / widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const segments = present.map((status, index) => {
    const width = (widths[index] ?? 0) * scale;
    const segment = `<rect class="s-${status}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="10"/>`;
    x += width;
    return segment;
  });
  const legend = present.map(
    (status) =>
      `<span class="key s-${status}"><span class="mark" aria-hidden="true">${MARKS[status]}</span>${counts[status]} ${status}</span>`,
  );
  return (
    `<svg class="bar" viewBox="0 0 ${BAR_WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="${plural(total, 'tag')}: ${words.join(', ')}">` +
    `${segments.join('')}</svg><p class="legend">${legend.join(' ')}</p>`
  );
}
