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
  if (!isSameAddress(primary.url, secondary.url)) return;
  const address = escapeTerminal(redactUrl(primary.url).replace(/\/$/, ''), 300);
  stderr.write(
    `Warning: ${primary.flag('url')} and ${secondary.flag('url')} are one registry (${address}): compared with itself it is always in sync.\n`,
  );
}
