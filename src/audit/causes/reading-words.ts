import type { TagReading } from '../../core/tag-reading.ts';
import type { TagReport } from '../../report/tag-report.ts';
import { deepWords } from '../deep/deep-causes.ts';

/** A tag with what both sites answered for it: the evidence of its causes, in one line. */
export function tagWords(tag: TagReport): string {
  return `${tag.name}: primary ${readingWords(tag.primary)}; secondary ${readingWords(tag.secondary)}${newerWords(tag)}`;
}

/** What one site answered: digest, media type, status, the registry's own words. */
export function readingWords(reading: TagReading): string {
  if (reading.state === 'absent') return 'does not list it';
  if (reading.state === 'unresolvable') {
    const status = reading.status === null ? 'no digest' : `HTTP ${reading.status}`;
    return `${status}${reading.code === null ? '' : ` ${reading.code}`}: ${reading.reason}`;
  }
  return `wide ${reading.digest} (${reading.mediaType ?? 'no media type'})${deepWords(reading.deep)}${narrowWords(reading)}`;
}

function narrowWords({ digest, narrow }: Extract<TagReading, { state: 'resolved' }>): string {
  if (narrow === null || !narrow.probed) return '';
  if (narrow.state === 'resolved') {
    return narrow.digest === digest ? ', narrow the same' : `, narrow HTTP ${narrow.status} ${narrow.digest}`;
  }
  const status = narrow.status === 200 ? 'HTTP 200 without a digest' : `HTTP ${narrow.status}`;
  return `, narrow ${status}${narrow.reason === undefined ? '' : `: ${narrow.reason}`}`;
}

/** Which side was pushed last, where both registries' databases told (`published_at`). */
function newerWords({ status, primary, secondary }: TagReport): string {
  if (status !== 'MISMATCH' || primary.state !== 'resolved' || secondary.state !== 'resolved') return '';
  const [ours, theirs] = [primary.publishedAt, secondary.publishedAt];
  if (ours === undefined || theirs === undefined) return '';
  const difference = Date.parse(ours) - Date.parse(theirs);
  if (Number.isNaN(difference)) return '';
  const times = `published ${ours} on the primary, ${theirs} on the secondary`;
  if (difference === 0) return `; ${times}: at the same time`;
  return `; ${times}: the ${difference > 0 ? "primary's" : "secondary's"} is newer`;
}
