import type { RequestUrl } from './request-url.ts';

/** Query parameters whose values say nothing secret and help to understand a request. */
const PLAIN_PARAMETERS = new Set([
  'n',
  'last',
  'service',
  'scope',
  'from',
  'mount',
  'digest',
  'page',
  'per_page',
]);

/**
 * A URL fit for logs, messages and reports: no user info, and no query value except those known to be
 * harmless, since object storage signs its URLs in the query (`X-Amz-Signature`, `sig`, `Signature`, …).
 */
export function redactUrl(url: RequestUrl | string): string {
  const text = typeof url === 'string' ? url : url.href;
  if (!URL.canParse(text)) return '[malformed URL]';
  const shown = new URL(text);
  // `user:secret@proxy` is a URL too, of the scheme `user:`, and all of it would be shown.
  if (shown.protocol !== 'https:' && shown.protocol !== 'http:') return '[not an http URL]';
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  for (const name of new Set(shown.searchParams.keys())) {
    if (!PLAIN_PARAMETERS.has(name)) shown.searchParams.set(name, 'REDACTED');
  }
  return shown.href;
}
