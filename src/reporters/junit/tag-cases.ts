import { countOf, type List } from '../../core/list.ts';
import { isFinding } from '../../report/deep.ts';
import { type RepositoryReport, SITES, type Site } from '../../report/report.ts';
import type { TagReport } from '../../report/tag-report.ts';
import type { CauseTexts } from '../cause-texts.ts';
import { plural } from '../plural.ts';
import { refusalWords, WORST_FIRST } from '../tag-words.ts';
import type { Problem, TestCase } from './suite.ts';

/** Above this many tags a repository has a case per verdict: CI shows no list of 100,000 cases. */
const MOST_CASES = 10_000;
/** Tags named in a case that stands for many. */
const NAMED_TAGS = 100;

/** The cases of one repository's tags. */
export function* tagCases({ tags }: RepositoryReport, textsOf: CauseTexts): Generator<TestCase> {
  if (tags.length > MOST_CASES) {
    yield* casesByVerdict(tags, textsOf);
    return;
  }
  for (const tag of tags) {
    yield { name: tag.name, problem: isFinding(tag) ? problemOf(tag, textsOf) : null };
  }
}

function problemOf(tag: TagReport, textsOf: CauseTexts): Problem {
  return {
    kind: 'failure',
    type: tag.status,
    message: `${tag.status}${tag.status === 'MATCH' ? ', but content is missing or corrupt' : ''}: ${SITES.map((site) => `${site} ${shortReading(tag, site)}`).join(', ')}`,
    lines: [
      ...SITES.map((site) => `${site}: ${fullReading(tag[site])}`),
      `what Geo sees (narrow): ${tag.narrowStatus ?? 'not read'}${tag.silentlySkipped ? '; sync skips this tag silently' : ''}`,
      ...deepLines(tag),
      ...(tag.unstable ? ['The tag changed while being read.'] : []),
      ...tag.causes.flatMap((code) => causeLines(code, textsOf)),
    ],
  };
}

/** What `--deep` found missing or corrupt, a line each. */
function deepLines(tag: TagReport): string[] {
  return SITES.flatMap((site) => {
    const reading = tag[site];
    if (reading.state !== 'resolved' || reading.deep === undefined) return [];
    const { missing, corrupt } = reading.deep;
    return [
      ...missing.map(({ role, digest }) => `${site} lacks ${role} ${digest}`),
      ...corrupt.map(({ role, digest, found }) => `${site}: ${role} ${digest} is ${found}`),
    ];
  });
}

function shortReading(tag: TagReport, site: Site): string {
  const reading = tag[site];
  if (reading.state === 'absent') return 'absent';
  return reading.state === 'resolved' ? reading.digest : refusalWords(reading);
}

function fullReading(reading: TagReport['primary']): string {
  if (reading.state === 'absent') return 'absent';
  if (reading.state === 'resolved') return `${reading.digest} (${reading.mediaType ?? 'no media type'})`;
  const code = reading.code === null ? '' : ` ${reading.code}`;
  return `cannot be resolved, ${refusalWords(reading)}${code}: ${reading.reason}`;
}

function causeLines(code: string, textsOf: CauseTexts): string[] {
  const cause = textsOf(code);
  return cause === null ? [`${code}`] : [`${code}: ${cause.says}`, `Next step: ${cause.nextStep}`];
}

function* casesByVerdict(tags: List<TagReport>, textsOf: CauseTexts): Generator<TestCase> {
  for (const status of WORST_FIRST) {
    if (status === 'MATCH') {
      const faulty = tags.filter((tag) => tag.status === status && isFinding(tag));
      const sound = countOf(tags, (tag) => tag.status === status) - faulty.length;
      if (sound > 0) yield { name: `MATCH: ${plural(sound, 'tag')}`, problem: null };
      if (faulty.length > 0)
        yield caseOf(`MATCH with content missing: ${plural(faulty.length, 'tag')}`, status, faulty, textsOf);
      continue;
    }
    const those = tags.filter((tag) => tag.status === status);
    if (those.length > 0) yield caseOf(`${status}: ${plural(those.length, 'tag')}`, status, those, textsOf);
  }
}

function caseOf(name: string, type: string, those: readonly TagReport[], textsOf: CauseTexts): TestCase {
  const more = those.length - NAMED_TAGS;
  return {
    name,
    problem: {
      kind: 'failure',
      type,
      message: name,
      lines: [
        ...[...new Set(those.flatMap((tag) => tag.causes))].flatMap((code) => causeLines(code, textsOf)),
        'Tags:',
        ...those.slice(0, NAMED_TAGS).map((tag) => tag.name),
        ...(more > 0 ? [`… and ${more} more`] : []),
      ],
    },
  };
}
