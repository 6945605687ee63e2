import type { TagReport } from '../../report/tag-report.ts';
import type { CauseTexts } from '../cause-texts.ts';

/** Groups that no cause makes. A code of the catalogue is never lower case. */
const OWN_GROUPS: ReadonlyMap<string, string> = new Map([
  ['matching', 'The same on both sites'],
  ['unexplained', 'No cause is known for the difference'],
]);

/** The group of a tag: its most telling cause, or `matching`, or `unexplained`. */
export function groupOf(tag: TagReport): string {
  return tag.causes[0] ?? (tag.status === 'MATCH' ? 'matching' : 'unexplained');
}

/** The heading of a group in words. */
export function groupWords(group: string, textsOf: CauseTexts): string {
  return (
    OWN_GROUPS.get(group) ?? textsOf(group)?.says ?? 'A cause that this version of the tool does not know'
  );
}
