import type { ListedTag, NarrowReading, TagReading } from '../core/tag-reading.ts';
import { remembering, rememberingTexts } from './reading-text.ts';

const quoted = JSON.stringify;
/** The same few words stand at every tag. */
const quotedWord = remembering((word: string | null) => JSON.stringify(word));

/**
 * The canonical JSON of a tag's report, written out because a report may hold a million of them: what
 * fast-json-stable-stringify gives, at a fifth of its time. null for whatever is not exactly such a tag (a key of a
 * later release, a look below the tag), which the library then takes.
 */
export function canonicalTag(value: object): string | null {
  if (!('narrowStatus' in value) || keysOf(value) !== 8) return null;
  const { causes, name, narrowStatus, primary, secondary, silentlySkipped, status, unstable } =
    value as Record<string, unknown>;
  const ofPrimary = canonicalReading(primary);
  const ofSecondary = primary === secondary ? ofPrimary : canonicalReading(secondary);
  if (ofPrimary === null || ofSecondary === null) return null;
  if (typeof name !== 'string' || typeof status !== 'string' || typeof unstable !== 'boolean') return null;
  if (!Array.isArray(causes) || !causes.every((cause) => typeof cause === 'string')) return null;
  if (!isText(narrowStatus) || !isFlag(silentlySkipped)) return null;
  return `{"causes":${causes.length === 0 ? '[]' : quoted(causes)},"name":${quoted(name)},"narrowStatus":${quotedWord(narrowStatus)},"primary":${ofPrimary},"secondary":${ofSecondary},"silentlySkipped":${silentlySkipped},"status":${quotedWord(status)},"unstable":${unstable}}`;
}

function canonicalReading(value: unknown): string | null {
  return typeof value === 'object' && value !== null ? textOf(value as TagReading) : null;
}

const textOf = rememberingTexts((reading): string | null => {
  if (reading.state === 'absent') return keysOf(reading) === 1 ? '{"state":"absent"}' : null;
  return reading.state === 'resolved' ? canonicalResolved(reading) : null;
});

function canonicalResolved(reading: Extract<ListedTag, { state: 'resolved' }>): string | null {
  const { digest, mediaType, narrow, publishedAt } = reading;
  const hasTime = typeof publishedAt === 'string';
  if (typeof digest !== 'string' || !isText(mediaType) || keysOf(reading) !== (hasTime ? 5 : 4)) return null;
  const narrowly = narrow === null ? 'null' : canonicalNarrow(narrow);
  if (narrowly === null) return null;
  const time = hasTime ? `"publishedAt":${quoted(publishedAt)},` : '';
  return `{"digest":${quoted(digest)},"mediaType":${quoted(mediaType)},"narrow":${narrowly},${time}"state":"resolved"}`;
}

function canonicalNarrow(narrow: NarrowReading): string | null {
  const { digest, probed, state, status } = narrow;
  if (keysOf(narrow) !== 4 || !isText(digest) || typeof probed !== 'boolean') return null;
  if (typeof state !== 'string') return null;
  if (status !== null && !Number.isInteger(status)) return null;
  return `{"digest":${quoted(digest)},"probed":${probed},"state":${quoted(state)},"status":${status}}`;
}

function keysOf(value: object): number {
  let count = 0;
  for (const _ in value) count++;
  return count;
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isFlag(value: unknown): value is boolean | null {
  return value === null || typeof value === 'boolean';
}
