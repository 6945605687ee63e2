import type { DeepNote, DeepReading, DeepRole } from '../../core/deep-reading.ts';
import type { TagReading } from '../../core/tag-reading.ts';
import type { CauseCode } from '../../report/causes.ts';
import { hasDeepFault, lacksSubject } from '../../report/deep.ts';
import type { TagReport } from '../../report/tag-report.ts';

/** Findings that the evidence of a cause names. */
const NAMED = 3;

const deepOf = (reading: TagReading): DeepReading | undefined =>
  reading.state === 'resolved' ? reading.deep : undefined;

const isGone = ({ primary, secondary }: TagReport, ...roles: DeepRole[]) =>
  [primary, secondary].some((reading) => deepOf(reading)?.missing.some(({ role }) => roles.includes(role)));

const isCorrupt = ({ primary, secondary }: TagReport) =>
  [primary, secondary].some((reading) => (deepOf(reading)?.corrupt.length ?? 0) > 0);

/** A peculiarity explains a difference; on a healthy tag there is nothing to explain. */
const explains = (tag: TagReport, note: DeepNote) =>
  (tag.status !== 'MATCH' || hasDeepFault(tag)) &&
  [tag.primary, tag.secondary].some((reading) => deepOf(reading)?.notes.includes(note));

/** The causes that only a deep check sees, as rules over a tag's evidence. */
export const DEEP_RULES: readonly (readonly [CauseCode, (tag: TagReport) => boolean])[] = [
  // The site resolved the tag to a digest under which it has nothing.
  ['MISSING_REVISION', (tag) => isGone(tag, 'manifest')],
  ['BROKEN_INDEX', (tag) => isGone(tag, 'child')],
  ['HOLLOW_MANIFEST', (tag) => isGone(tag, 'config', 'layer', 'blob')],
  ['INVALID_DIGEST', isCorrupt],
  ['SUBJECT_MISSING', lacksSubject],
  ['MEDIA_TYPE_MISSING', (tag) => explains(tag, 'MEDIA_TYPE_MISSING')],
  ['NO_BLOB_LIST', (tag) => explains(tag, 'NO_BLOB_LIST')],
  ['BUILDKIT_CACHE', (tag) => explains(tag, 'BUILDKIT_CACHE')],
  ['FOREIGN_LAYER', (tag) => explains(tag, 'FOREIGN_LAYER')],
];

/** What a deep check found below a tag on one site, in words that follow the reading's; empty when all is well. */
export function deepWords(deep: DeepReading | undefined): string {
  if (deep === undefined) return '';
  const missing = deep.missing.map(({ role, digest }) => `${role} ${digest}`);
  const corrupt = deep.corrupt.map(({ role, digest, found }) => `${role} ${digest} is ${found}`);
  const omitted = deep.omitted ?? 0;
  return [
    ...(missing.length > 0 ? [`, missing ${enumerate(missing, omitted)}`] : []),
    ...(corrupt.length > 0 ? [`, corrupt ${enumerate(corrupt, missing.length > 0 ? 0 : omitted)}`] : []),
    ...(deep.complete ? [] : [', not all of it could be read']),
  ].join('');
}

function enumerate(words: readonly string[], omitted: number): string {
  const more = words.length - NAMED + omitted;
  return words.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
