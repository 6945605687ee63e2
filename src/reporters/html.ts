import type { Report } from '../report/report.ts';
import { fixSection } from './html/fix-section.ts';
import { nextStepsSection } from './html/next-steps-section.ts';
import { pageText } from './html/page.ts';
import { digestButton } from './html/parts.ts';
import { repositoriesSection } from './html/repositories-section.ts';
import { SCRIPT } from './html/script.ts';
import { sitesSection } from './html/sites-section.ts';
import { STYLE } from './html/style.ts';
import { summarySection } from './html/summary-section.ts';
import { tagsSection } from './html/tags-section.ts';

/**
 * `report.html`: one file that needs nothing else, for a ticket's reader who was not there. The verdict and
 * what to do come first. Tags are data that the page shows a hundred at a time, so that 100,000 stay usable;
 * paper and browsers without script get a plain table of what is not MATCH.
 */
export function htmlReporter(report: Report): Generator<string> {
  return pageText({
    title: `${report.summary.verdict}: container registry audit`,
    style: STYLE,
    script: SCRIPT,
    sections: sections(report),
  });
}

function* sections(report: Report): Generator<string> {
  yield* summarySection(report);
  yield* nextStepsSection(report);
  yield* fixSection(report.fix);
  yield* sitesSection(report);
  yield* repositoriesSection(report);
  yield* tagsSection(report);
  yield `<footer><p class="quiet">Report ${digestButton(report.reportDigest)}. This page is complete in itself: it loads nothing and sends nothing.</p></footer>\n`;
  yield '<div id="said" class="said" role="status" aria-live="polite"></div>\n';
}
