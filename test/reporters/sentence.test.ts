import { describe, expect, it } from 'vitest';
import type { Report, RepositoryReport } from '../../src/report/report.ts';
import type { TagReport } from '../../src/report/tag-report.ts';
import { fixSentence, sentence } from '../../src/reporters/sentence.ts';
import {
  action,
  broken,
  differentPair,
  equalPair,
  fiftyTwoOfSixtyTwo,
  image,
  index,
  NOT_READ,
  report,
  repository,
  tag,
} from './fixtures.ts';

const same = (name: string) => tag(name, 'MATCH', image(name), image(name), 'MATCH');
const moved = (name: string) => tag(name, 'MISMATCH', image(`${name} 1`), image(`${name} 2`), 'MISMATCH');
const hidden = (name: string) => tag(name, 'MISMATCH', index(`${name} 1`), index(`${name} 2`), 'MATCH');
const dead = (name: string) =>
  tag(name, 'UNRESOLVABLE', broken(500, 'x', null), image(name), 'SECONDARY-ONLY');

const BOTH_DIFFER = { wide: differentPair('w'), narrow: differentPair('n'), gitlabV1: NOT_READ };
const WIDE_DIFFERS = { wide: differentPair('w'), narrow: equalPair('n'), gitlabV1: NOT_READ };
const NARROW_DIFFERS = { wide: equalPair('w'), narrow: differentPair('n'), gitlabV1: NOT_READ };
const NOTHING_READ = { wide: NOT_READ, narrow: NOT_READ, gitlabV1: NOT_READ };

const out = (path: string, tags: TagReport[], checksums: RepositoryReport['checksums'] = BOTH_DIFFER) =>
  repository(path, 'OUT-OF-SYNC', tags, { checksums });
const unread = (path: string, status: number | null) =>
  repository(path, 'INCOMPLETE', [], {
    checksums: NOTHING_READ,
    errors: [{ site: 'secondary', code: 'UNAUTHORIZED', status, message: 'no' }],
  });
const interrupted = (value: Report): Report => ({ ...value, run: { ...value.run, interrupted: true } });

describe('sentence', () => {
  it.each<[string, Report, string]>([
    [
      '52 of 62',
      fiftyTwoOfSixtyTwo(),
      "52 of 62 tags differ, and a site that reads with the narrow Accept sees equal checksums for group/project: Geo's sync skips those 52 tags silently.",
    ],
    [
      'one hidden tag',
      report([out('a/b', [hidden('x')], WIDE_DIFFERS)]),
      "1 of 1 tag differs, and a site that reads with the narrow Accept sees equal checksums for a/b: Geo's sync skips that tag silently.",
    ],
    [
      'some hidden tags',
      report([out('a/b', [hidden('x'), moved('y'), same('z')])]),
      "2 of 3 tags differ in a/b, and a site that reads with the narrow Accept sees no difference in 1 of them: Geo's sync skips that tag silently.",
    ],
    [
      'all tags hidden but narrow checksums not read',
      report([out('a/b', [hidden('x'), hidden('y')], { ...WIDE_DIFFERS, narrow: NOT_READ })]),
      "2 of 2 tags differ in a/b, and a site that reads with the narrow Accept sees no difference in all 2: Geo's sync skips those 2 tags silently.",
    ],
    [
      'nothing hidden',
      report([out('a/b', [moved('x'), same('y')]), out('c', [moved('z')])]),
      '2 of 3 tags differ in a/b and c; a site that reads with the narrow Accept sees this too.',
    ],
    [
      'narrow not read',
      report([out('a/b', [{ ...moved('x'), narrowStatus: null, silentlySkipped: null }])]),
      "1 of 1 tag differs in a/b; what a site with the narrow Accept sees was not read completely, so it is not known which of them Geo's sync skips.",
    ],
    [
      'tags that cannot be resolved',
      report([out('a/b', [dead('x'), moved('y')])]),
      '1 of 2 tags differs and 1 more cannot be resolved (see UNRESOLVABLE) in a/b; a site that reads with the narrow Accept sees this too.',
    ],
    [
      'only tags that cannot be resolved',
      report([out('a/b', [dead('x'), same('y')])]),
      '1 of 2 tags cannot be resolved (see UNRESOLVABLE) in a/b; a site that reads with the narrow Accept sees this too.',
    ],
    [
      'many repositories',
      report(['a', 'b', 'c', 'd'].map((path) => out(path, [moved('x')]))),
      '4 of 4 tags differ in a, b and 2 more repositories; a site that reads with the narrow Accept sees this too.',
    ],
    [
      'incomplete alone',
      report([unread('a/b', 401), repository('c', 'IN-SYNC', [same('x')])]),
      'Not everything could be read in a/b (secondary: UNAUTHORIZED, HTTP 401): nothing is concluded about what was not read.',
    ],
    [
      'incomplete with differences',
      report([unread('a/b', null), out('c', [moved('x')])]),
      'Not everything could be read in a/b (secondary: UNAUTHORIZED): nothing is concluded about what was not read. 1 of 1 tag differs in c; a site that reads with the narrow Accept sees this too.',
    ],
    [
      'interrupted',
      interrupted(report([repository('c', 'IN-SYNC', [same('x')])])),
      'The run was interrupted: 1 of 1 repository had been read completely, and nothing is concluded about the rest. What was read is in sync: the only tag matches in c, and so do the checksums.',
    ],
    [
      'interrupted before anything was read',
      interrupted(report([])),
      'The run was interrupted: 0 of 0 repositories had been read completely, and nothing is concluded about the rest.',
    ],
    [
      'in sync',
      report([repository('c', 'IN-SYNC', [same('x'), same('y')]), repository('d', 'IN-SYNC', [same('x')])]),
      'In sync: all 3 tags match in c and d, and so do the checksums.',
    ],
    ['in sync and empty', report([repository('c', 'IN-SYNC', [])]), 'In sync: neither site has a tag in c.'],
    ['no repository', report([]), 'No repository was compared.'],
    [
      'wide checksums differ although all tags match',
      report([out('a/b', [same('x')], WIDE_DIFFERS)]),
      'Every compared tag of a/b matches, but the checksums differ: the difference is in tags that were not compared (filters hide tags from the comparison, never from the checksums).',
    ],
    [
      'narrow checksums differ although all tags match',
      report([out('a/b', [same('x')], NARROW_DIFFERS)]),
      'Every tag of a/b matches, but a site that reads with the narrow Accept sees different checksums, which no resync can clear.',
    ],
  ])('%s', (_, value, expected) => {
    expect(sentence(value)).toBe(expected);
  });
});

describe('fixSentence', () => {
  it('counts what was done, skipped and failed', () => {
    const actions = [
      action('1', 'copy', 'a', 'done', '', 1),
      action('2', 'copy', 'b', 'done', '', 1),
      action('3', 'delete', 'c', 'done', '', 0),
      action('4', 'none', 'd', 'skipped', '', 0),
      action('5', 'delete', 'e', 'failed', '', 0),
    ];
    expect(fixSentence({ actions, before: {}, after: {}, verified: false })).toBe(
      'Fix: 2 copies and 1 deletion done, 1 with nothing to do skipped, 1 deletion failed; the sites are NOT verified to be in sync.',
    );
  });

  it('says when there was nothing to do', () => {
    expect(fixSentence({ actions: [], before: {}, after: {}, verified: true })).toBe(
      'Fix: there was nothing to do; read again afterwards, the sites are in sync.',
    );
  });
});
