import type { SiteSettings } from '../config/site-settings.ts';
import { isSameAddress } from '../core/same-address.ts';
import { redactUrl } from '../http/redact-url.ts';
import { escapeTerminal } from '../reporters/escape-terminal.ts';
import type { RunContext } from './run-context.ts';

/**
 * Says on standard error, quiet or not, when both sides are one registry: such a comparison finds nothing whatever
 * the other site holds, and looks like good news.
 */
export function warnSameSite(
  { primary, secondary }: Readonly<Record<'primary' | 'secondary', Pick<SiteSettings, 'url' | 'flag'>>>,
  { stderr }: Pick<RunContext, 'stderr'>,
): void {
  if (isSameAddress(primary.url, secondary.url))
    warnOfOne(`${primary.flag('url')} and ${secondary.flag('url')} are`, primary.url, stderr);
}

/** The same of two snapshots, by the URLs in them. */
export function warnSameSnapshots(
  primary: string,
  secondary: string,
  { stderr }: Pick<RunContext, 'stderr'>,
): void {
  // Tuples may be of any site: theirs is no URL.
  if (!URL.canParse(primary) || !URL.canParse(secondary)) return;
  const url = new URL(primary);
  if (isSameAddress(url, new URL(secondary))) warnOfOne('both snapshots are of', url, stderr);
}

function warnOfOne(what: string, url: URL, stderr: RunContext['stderr']): void {
  const address = escapeTerminal(redactUrl(url).replace(/\/$/, ''), 300);
  stderr.write(`Warning: ${what} one registry (${address}): compared with itself it is always in sync.\n`);
}
