import { createHash } from 'node:crypto';
import { escapeHtml } from './escape-html.ts';

/** What stands around the sections of the page. */
export interface Page {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  readonly sections: Iterable<string>;
}

/**
 * A self-contained HTML document. Its policy allows the page's own style and script, by their hashes, and
 * nothing else: no request of any kind, no inline handler, no markup made of text.
 */
export function* pageText({ title, style, script, sections }: Page): Generator<string> {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n';
  yield `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n';
  yield '<meta name="referrer" content="no-referrer">\n';
  yield `<title>${escapeHtml(title)}</title>\n<style>${style}</style>\n</head>\n<body>\n`;
  yield '<a class="skip" href="#tags">Skip to the tags</a>\n<main>\n';
  yield* sections;
  yield `</main>\n<script>${script}</script>\n</body>\n</html>\n`;
}

/** A source expression of CSP for an inline element with this text. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
