import { countOf } from '../core/list.ts';
import { cannotBePulled, lacksSubject } from '../report/deep.ts';
import type { FixReport, Report, RepositoryReport, SiteError } from '../report/report.ts';
import type { TagReport } from '../report/tag-report.ts';
import { plural } from './plural.ts';

/** Repositories named in a sentence before it says "and N more". */
const NAMED = 3;

/**
 * What the report means, in one to three plain sentences that can be pasted into a ticket. It says only what
 * the report shows: what was not read is named and nothing is concluded about it. The text holds names from
 * outside, unescaped: the reporter that prints it escapes it for its own format.
 */
export function sentence(report: Report): string {
  const sentences = [
    ...(report.run.interrupted ? [interrupted(report)] : []),
    ...incomplete(report),
    ...differences(report),
    ...damaged(report),
    ...checksumsAlone(report),
  ];
  if (sentences.length === 0 || (report.run.interrupted && sentences.length === 1)) {
    return [...sentences, ...inSync(report)].join(' ');
  }
  return sentences.join(' ');
}

/** The same for one repository of the report, so that a ticket about it can take it alone. */
export function repositorySentence(report: Report, repository: RepositoryReport): string {
  const { silentlySkipped, ...tags } = repository.counts;
  const repositories = { total: 1, 'IN-SYNC': 0, 'OUT-OF-SYNC': 0, INCOMPLETE: 0, [repository.verdict]: 1 };
  const summary = { ...report.summary, verdict: repository.verdict, repositories, tags, silentlySkipped };
  const run = { ...report.run, interrupted: false };
  return sentence({ ...report, run, summary, repositories: [repository], fix: null });
}

/** The outcome of `--fix` in one sentence. */
export function fixSentence(fix: FixReport): string {
  const parts = (['done', 'skipped', 'failed'] as const).flatMap((outcome) => {
    const actions = fix.actions.filter((action) => action.outcome === outcome);
    if (actions.length === 0) return [];
    const copies = actions.filter((action) => action.type === 'copy').length;
    const deletes = actions.filter((action) => action.type === 'delete').length;
    const others = actions.length - copies - deletes;
    const kinds = [
      ...(copies > 0 ? [plural(copies, 'copy')] : []),
      ...(deletes > 0 ? [plural(deletes, 'deletion')] : []),
      ...(others > 0 ? [`${others} with nothing to do`] : []),
    ];
    return [`${kinds.join(' and ')} ${outcome}`];
  });
  const acted = parts.length === 0 ? 'there was nothing to do' : parts.join(', ');
  const verified = fix.verified
    ? 'read again afterwards, the sites are in sync'
    : 'the sites are NOT verified to be in sync';
  return `Fix: ${acted}; ${verified}.`;
}

function interrupted(report: Report): string {
  const { total, INCOMPLETE } = report.summary.repositories;
  return (
    `The run was interrupted: ${total - INCOMPLETE} of ${plural(total, 'repository')} ` +
    'had been read completely, and nothing is concluded about the rest.'
  );
}

function incomplete(report: Report): string[] {
  if (report.summary.verdict !== 'INCOMPLETE') return [];
  const unread = report.repositories.flatMap(({ path, verdict, errors }) =>
    verdict === 'INCOMPLETE' ? [path + reasonOf(errors)] : [],
  );
  if (unread.length > 0) {
    const names = enumerate(unread);
    return [`Not everything could be read in ${names}: nothing is concluded about what was not read.`];
  }
  if (report.run.interrupted) return [];
  return report.fix?.actions.some((action) => action.outcome === 'failed')
    ? ['An action of the fix failed.']
    : ['The report is incomplete.'];
}

/** ` (secondary: UNAUTHORIZED, HTTP 401)`, of the first error. */
function reasonOf(errors: readonly SiteError[]): string {
  const [first] = errors;
  if (first === undefined) return '';
  const status = first.status === null ? '' : `, HTTP ${first.status}`;
  const more = errors.length > 1 ? `, and ${plural(errors.length - 1, 'more error')}` : '';
  return ` (${first.site}: ${first.code}${status}${more})`;
}

function differences(report: Report): string[] {
  const { tags, silentlySkipped } = report.summary;
  const differ = tags.MISMATCH + tags['PRIMARY-ONLY'] + tags['SECONDARY-ONLY'];
  const broken = tags.UNRESOLVABLE;
  if (differ + broken === 0) return [];
  const where = report.repositories.flatMap(({ path, counts, checksums }) =>
    counts.total > counts.MATCH ? [{ path, checksums }] : [],
  );
  return [
    `${tagsThat(differ, broken, tags.total)}${whatNarrowSees(where, differ + broken, silentlySkipped)}`,
  ];
}

function tagsThat(differ: number, broken: number, total: number): string {
  const verb = (count: number, word: string) => (count === 1 ? `${word}s` : word);
  const cannot = 'cannot be resolved (see UNRESOLVABLE)';
  if (differ === 0) return `${broken} of ${plural(total, 'tag')} ${cannot}`;
  const first = `${differ} of ${plural(total, 'tag')} ${verb(differ, 'differ')}`;
  return broken === 0 ? first : `${first} and ${broken} more ${cannot}`;
}

function whatNarrowSees(
  where: ReadonlyArray<Pick<RepositoryReport, 'path' | 'checksums'>>,
  count: number,
  skipped: number | null,
): string {
  const names = pathsOf(where);
  if (skipped === null) {
    return ` in ${names}; what a site with the narrow Accept sees was not read completely, so it is not known which of them Geo's sync skips.`;
  }
  if (skipped === 0) return ` in ${names}; a site that reads with the narrow Accept sees this too.`;
  const those = skipped === 1 ? 'that tag' : `those ${skipped} tags`;
  if (skipped === count && where.every((repository) => repository.checksums.narrow.equal === true)) {
    return `, and a site that reads with the narrow Accept sees equal checksums for ${names}: Geo's sync skips ${those} silently.`;
  }
  const hidden = skipped === count ? (count === 1 ? 'it' : `all ${count}`) : `${skipped} of them`;
  return ` in ${names}, and a site that reads with the narrow Accept sees no difference in ${hidden}: Geo's sync skips ${those} silently.`;
}

/** Tags whose digests agree and whose content is not all there: what only `--deep` sees. */
function damaged(report: Report): string[] {
  const those = (holds: (tag: TagReport) => boolean) =>
    report.repositories.flatMap((repository) => {
      // What `--deep` finds is a cause of its repository too.
      if (repository.causes.length === 0) return [];
      const count = countOf(repository.tags, (tag) => tag.status === 'MATCH' && holds(tag));
      return count === 0 ? [] : [{ path: repository.path, count }];
    });
  const say = (found: ReturnType<typeof those>, what: string, because = '') => {
    const count = found.reduce((sum, one) => sum + one.count, 0);
    if (count === 0) return [];
    const names = enumerate(found.map(({ path }) => path));
    return [
      `${plural(count, 'tag')} ${count === 1 ? 'matches' : 'match'} and ${what} in ${names}${because}.`,
    ];
  };
  const unpullable = those(cannotBePulled);
  const unsubjected = those((tag) => !cannotBePulled(tag) && lacksSubject(tag));
  return [
    ...say(unpullable, 'cannot be pulled', ': content is missing or corrupt on a site'),
    ...say(unsubjected, 'cannot be verified', ': the secondary lacks their subject'),
  ];
}

/** Checksums that differ where no compared tag explains it: the one finding the tag counts cannot show. */
function checksumsAlone(report: Report): string[] {
  const matching = report.repositories.flatMap(({ path, verdict, counts, checksums }) =>
    verdict === 'OUT-OF-SYNC' && counts.total === counts.MATCH ? [{ path, checksums }] : [],
  );
  const wide = matching.filter(({ checksums }) => checksums.wide.equal === false);
  const narrow = matching.filter((one) => !wide.includes(one) && one.checksums.narrow.equal === false);
  const v1 = matching.filter((one) => !wide.includes(one) && one.checksums.gitlabV1.equal === false);
  return [
    ...(wide.length > 0
      ? [
          `Every compared tag of ${pathsOf(wide)} matches, but the checksums differ: the difference is in tags that were not compared (filters hide tags from the comparison, never from the checksums).`,
        ]
      : []),
    ...(narrow.length > 0
      ? [
          `Every tag of ${pathsOf(narrow)} matches, but a site that reads with the narrow Accept sees different checksums, which no resync can clear.`,
        ]
      : []),
    ...(v1.length > 0
      ? [
          `Every tag of ${pathsOf(v1)} matches, but the checksums from the GitLab v1 API differ: one registry's database does not say what its /v2/ says.`,
        ]
      : []),
  ];
}

function inSync(report: Report): string[] {
  const { repositories, tags } = report.summary;
  const claim = report.run.interrupted ? 'What was read is in sync' : 'In sync';
  if (repositories.total === 0) return report.run.interrupted ? [] : ['No repository was compared.'];
  const where = enumerate(report.repositories.map(({ path }) => path));
  if (tags.total === 0) {
    return isFiltered(report)
      ? [`${claim}: the checksums are equal, and the filters hide every tag of ${where}.`]
      : [`${claim}: neither site has a tag in ${where}.`];
  }
  const all = tags.total === 1 ? 'the only tag matches' : `all ${tags.total} tags match`;
  const equal = report.repositories.every((repository) => repository.checksums.wide.equal === true);
  return [`${claim}: ${all} in ${where}${equal ? ', and so do the checksums' : ''}.`];
}

/** Whether filters were in force, which hide tags from everything but the checksums. */
function isFiltered({ run }: Report): boolean {
  return [run.options.include, run.options.exclude].some((list) => Array.isArray(list) && list.length > 0);
}

function pathsOf(repositories: ReadonlyArray<Pick<RepositoryReport, 'path'>>): string {
  return enumerate(repositories.map((repository) => repository.path));
}

function enumerate(names: readonly string[]): string {
  if (names.length > NAMED) {
    const shown = names.slice(0, NAMED - 1).join(', ');
    return `${shown} and ${names.length - NAMED + 1} more repositories`;
  }
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
