import type { ReadingForecast, SomeTags } from '../../report/forecast.ts';
import type { RepositoryReport } from '../../report/report.ts';
import { plural } from '../plural.ts';
import { oldDigestWords } from '../repository-words.ts';

/** What Geo says, what it sees and what is true, and what its next sync does for that; unescaped. */
export function geoLines(repository: RepositoryReport): string[] {
  const { forecast, counts } = repository;
  const opinion = geoOpinion(repository, true);
  if (forecast === undefined) return opinion;
  const { narrow, wide, endangered, endangeredTags, undone } = forecast;
  const [first] = endangered;
  return [
    ...opinion,
    // A repository in which every reader sees equality has no next sync to speak of.
    ...(isIdle(narrow) && isIdle(wide) && counts.total === counts.MATCH
      ? []
      : [
          `Geo sees (narrow)  the next sync ${narrow === null ? 'is not known: not read' : syncWords(narrow)}`,
          `truth    (wide)    the next sync ${wide === null ? 'is not known: not read' : syncWords(wide)}`,
        ]),
    ...(first === undefined
      ? []
      : [
          `DANGER: that sync deletes by digest, and ${plural(endangeredTags, 'tag')} that ${endangeredTags === 1 ? 'matches' : 'match'} would go with it: ${namesOf(first.tags)} with ${namesOf(first.deletedFor)}${endangered.length > 1 ? ', …' : ''}`,
        ]),
    ...(undone.count === 0 ? [] : [`copied and lost again in that sync: ${namesOf(undone)}`]),
  ];
}

/** `Geo says synced, 52 of 62 tags differ`; nothing where the user gave no opinion of Geo's. */
export function geoOpinion({ geo, counts, verdict }: RepositoryReport, withFailure: boolean): string[] {
  if (geo === undefined) return [];
  const differ = counts.total - counts.MATCH;
  const truth =
    verdict === 'INCOMPLETE'
      ? 'not everything could be read'
      : differ > 0
        ? `${differ} of ${plural(counts.total, 'tag')} ${differ === 1 ? 'differs' : 'differ'}`
        : verdict === 'IN-SYNC'
          ? 'every tag matches'
          : 'every tag matches and checksums differ';
  const more = [
    ...(geo.retryCount === null || geo.retryCount === 0 ? [] : [`tried again ${geo.retryCount} times`]),
    ...(geo.lastSyncedAt === null ? [] : [`last synced ${geo.lastSyncedAt}`]),
    ...(geo.lastSyncFailure === null ? [] : [`last failure: ${geo.lastSyncFailure}`]),
  ];
  return [
    `Geo says ${geo.stateWords ?? 'nothing of its state'}, ${truth}${withFailure && more.length > 0 ? ` (${more.join('; ')})` : ''}`,
  ];
}

function isIdle(reading: ReadingForecast | null): boolean {
  return reading !== null && reading.copy.count + reading.delete.count + reading.undeletable.count === 0;
}

function syncWords({
  copy,
  uncopyable,
  delete: deleted,
  replaced,
  undeletable,
  skip,
}: ReadingForecast): string {
  return [
    `copies ${plural(copy.count, 'tag')}${uncopyable.count === 0 ? '' : ` (fails for ${uncopyable.count})`}`,
    `deletes ${plural(deleted.count - replaced, 'tag')}${undeletable.count === 0 ? '' : ` (cannot delete ${undeletable.count})`}${oldDigestWords(replaced)}`,
    `skips ${skip.count}${skip.differing === 0 ? '' : `, of which ${skip.differing} differ`}`,
  ].join(', ');
}

function namesOf({ count, tags }: SomeTags): string {
  const named = tags.slice(0, 5);
  const more = count - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
