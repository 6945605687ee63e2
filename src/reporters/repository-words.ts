import { type RepositoryReport, SITES } from '../report/report.ts';
import { plural } from './plural.ts';

type Forecast = NonNullable<RepositoryReport['forecast']>;
type SomeTags = Forecast['undone'];

/** Digests that a sync would delete for another tag's sake, named before the rest is only counted. */
const NAMED_DIGESTS = 5;

/**
 * What else the report knows of a repository, in sentences: Geo's stored checksums, Geo's own opinion, and what
 * the next sync does. Nothing for what the report does not hold. The text is unescaped.
 */
export function remarkWords({ storedChecksums, geo, forecast }: RepositoryReport): string[] {
  return [
    ...SITES.flatMap((site) => {
      const stored = storedChecksums?.[site] ?? null;
      return stored === null ? [] : [`Geo has stored the checksum ${stored} for the ${site}.`];
    }),
    ...(geo === undefined ? [] : [geoWords(geo)]),
    ...(forecast === undefined ? [] : forecastWords(forecast)),
  ];
}

/** Why each cause is claimed: its code, and the place and the answer in words, unescaped. */
export function evidenceWords({ evidence = [] }: RepositoryReport): [code: string, words: string][] {
  return evidence.map(({ code, site, count, tags, detail }) => {
    const named = tags.length === 0 ? '' : ` (${tags.join(', ')}${count > tags.length ? ', …' : ''})`;
    const where = [site ?? '', count === 0 ? '' : `${plural(count, 'tag')}${named}`];
    return [
      code,
      [where.filter((part) => part !== '').join(', '), detail].filter((part) => part !== '').join(': '),
    ];
  });
}

function geoWords(geo: NonNullable<RepositoryReport['geo']>): string {
  const parts = [
    ...(geo.retryCount === null ? [] : [`${geo.retryCount} retries`]),
    ...(geo.lastSyncedAt === null ? [] : [`last synced ${geo.lastSyncedAt}`]),
    ...(geo.lastSyncFailure === null ? [] : [`last failure: ${geo.lastSyncFailure}`]),
  ];
  const state = geo.stateWords ?? 'in a state that the export does not say';
  return `Geo takes this repository for ${state}${parts.length > 0 ? `; ${parts.join('; ')}` : ''}.`;
}

function forecastWords({ narrow, wide, endangered, endangeredTags, undone }: Forecast): string[] {
  const more = endangered.length - NAMED_DIGESTS;
  return [
    ...readingWords('narrow', narrow),
    ...readingWords('wide', wide),
    ...(endangeredTags === 0
      ? []
      : [
          `DANGER: the next sync would delete ${plural(endangeredTags, 'tag')} that ${endangeredTags === 1 ? 'matches' : 'match'}.`,
        ]),
    ...endangered
      .slice(0, NAMED_DIGESTS)
      .map(
        ({ digest, deletedFor, tags }) =>
          `Deleting ${digest} for ${namesOf(deletedFor)} takes ${namesOf(tags)} with it.`,
      ),
    ...(more > 0 ? [`And so for ${plural(more, 'more digest')}.`] : []),
    ...(undone.count === 0 ? [] : [`Copied, and lost again in the same sync: ${namesOf(undone)}.`]),
  ];
}

function readingWords(name: 'narrow' | 'wide', reading: Forecast['narrow']): string[] {
  if (reading === null) return [];
  const { copy, uncopyable, replaced, skip, undeletable } = reading;
  const parts = [
    `copies ${plural(copy.count, 'tag')}`,
    ...(uncopyable.count === 0 ? [] : [`fails to copy ${uncopyable.count} of them`]),
    `deletes ${plural(reading.delete.count - replaced, 'tag')}${oldDigestWords(replaced)}`,
    ...(undeletable.count === 0 ? [] : [`cannot delete ${undeletable.count} more`]),
    `skips ${skip.count}${skip.differing === 0 ? '' : `, of which ${skip.differing} differ`}`,
  ];
  return [`The next sync with the ${name} Accept ${parts.join(', ')}.`];
}

/** A changed tag stays; what it pointed at before is deleted after the copy. */
export function oldDigestWords(replaced: number): string {
  return replaced === 0 ? '' : ` and the old digest of ${plural(replaced, 'changed tag')}`;
}

function namesOf({ count, tags }: SomeTags): string {
  const more = count - tags.length;
  return `${tags.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
