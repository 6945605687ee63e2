import { isIndexType, MediaType } from '../../core/media-types.ts';
import type { TagReading } from '../../core/tag-reading.ts';
import type { CauseCode } from '../../report/causes.ts';
import type { TagReport } from '../../report/tag-report.ts';
import { DEEP_RULES } from '../deep/deep-causes.ts';

/** A test of one cause against one tag's evidence. */
type TagRule = (tag: TagReport) => boolean;

const either = (tag: TagReport, holds: (reading: TagReading) => boolean) =>
  holds(tag.primary) || holds(tag.secondary);

/** narrow 404 and wide 200 with a type that narrow cannot have; nil for another reason is another matter. */
const hiddenFromNarrow = (reading: TagReading) =>
  reading.state === 'resolved' &&
  isIndexType(reading.mediaType) &&
  reading.narrow?.state === 'unresolvable' &&
  (reading.narrow.status === 404 || reading.narrow.status === null);

const rewrittenForNarrow = (reading: TagReading) =>
  reading.state === 'resolved' &&
  reading.mediaType === MediaType.dockerList &&
  reading.narrow?.state === 'resolved' &&
  reading.narrow.digest !== reading.digest;

const revisionNamed = (reason: string) =>
  /Revision\W+sha(256|512):|revision[= ]+"?sha(256|512):/i.test(reason);

const missesRevision = (reading: TagReading) =>
  reading.state === 'unresolvable' && reading.status === 404 && revisionNamed(reading.reason);

const refusesSchema1 = (reading: TagReading) =>
  reading.state === 'unresolvable' && reading.code === 'MANIFEST_INVALID' && /schema 1/i.test(reading.reason);

/** Distribution answers 500 to a broken link, the GitLab registry 404; a 404 about Accept is something else. */
const hasBrokenLink = (reading: TagReading) =>
  reading.state === 'unresolvable' &&
  !missesRevision(reading) &&
  (reading.status === 500 || (reading.code === 'MANIFEST_UNKNOWN' && !/accept header/i.test(reading.reason)));

const bothResolve = ({ primary, secondary }: TagReport) =>
  primary.state === 'resolved' && secondary.state === 'resolved';

const falseMatch = (tag: TagReport, narrow: 'nil' | 'child') => {
  const { primary, secondary } = tag;
  if (tag.status !== 'MISMATCH' || tag.narrowStatus !== 'MATCH') return false;
  if (primary.state !== 'resolved' || secondary.state !== 'resolved') return false;
  return (primary.narrow?.digest === null) === (narrow === 'nil');
};

/** Differs in truth, or differs for a narrow reader alone (gitlab-org/gitlab#577445). */
const isTrouble = (tag: TagReport) => tag.status !== 'MATCH' || tag.narrowStatus === 'MISMATCH';

const TAG_RULES: readonly (readonly [CauseCode, TagRule])[] = [
  ['BROKEN_TAG_LINK', (tag) => either(tag, hasBrokenLink)],
  ['MISSING_REVISION', (tag) => either(tag, missesRevision)],
  ['SCHEMA1_REFUSED', (tag) => either(tag, refusesSchema1)],
  [
    'ORPHAN_UNDELETABLE',
    ({ primary, secondary }) => primary.state === 'absent' && secondary.state === 'unresolvable',
  ],
  ['FALSE_MATCH_NIL', (tag) => falseMatch(tag, 'nil')],
  ['FALSE_MATCH_CHILD', (tag) => falseMatch(tag, 'child')],
  ['NARROW_HIDES_INDEX', (tag) => isTrouble(tag) && either(tag, hiddenFromNarrow)],
  ['NARROW_REWRITES_LIST', (tag) => isTrouble(tag) && either(tag, rewrittenForNarrow)],
  ['MOVED_TAG', (tag) => tag.status === 'MISMATCH' && bothResolve(tag) && tag.silentlySkipped !== true],
  ['NOT_REPLICATED', (tag) => tag.status === 'PRIMARY-ONLY'],
  ['ORPHAN', (tag) => tag.status === 'SECONDARY-ONLY'],
  ['IN_FLIGHT', (tag) => tag.unstable],
];

const RULES = [...TAG_RULES, ...DEEP_RULES];
/** Shared by all healthy tags, and frozen: what is added to one would be added to all. */
const NO_CAUSES = Object.freeze([] as CauseCode[]) as CauseCode[];

/** No rule can hold: every one asks for a difference, a look below, or a change. Most of a million tags are so. */
function isSound({ status, narrowStatus, unstable, primary, secondary }: TagReport): boolean {
  if (status !== 'MATCH' || narrowStatus === 'MISMATCH' || unstable) return false;
  const isPlain = (reading: TagReading) => reading.state === 'resolved' && reading.deep === undefined;
  return isPlain(primary) && isPlain(secondary);
}

/** The causes of one tag's verdict, most telling first; none for a healthy tag. */
export function tagCauses(tag: TagReport): CauseCode[] {
  if (isSound(tag)) return NO_CAUSES;
  let found = NO_CAUSES;
  for (const [code, holds] of RULES) {
    if (!found.includes(code) && holds(tag)) found = [...found, code];
  }
  return found;
}
