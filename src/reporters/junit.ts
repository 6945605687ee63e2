import type { Report, RepositoryReport } from '../report/report.ts';
import { type CauseTexts, causeTextsOf } from './cause-texts.ts';
import { runSuites } from './junit/run-suites.ts';
import { suiteText, type TestCase } from './junit/suite.ts';
import { tagCases } from './junit/tag-cases.ts';
import { plural } from './plural.ts';
import { evidenceWords, remarkWords } from './repository-words.ts';

/**
 * `junit.xml` for CI: a suite per repository, a case per tag. A difference is a failure with its cause and next
 * step; what could not be read is an error. The document is valid against both public schemas (Jenkins'
 * `junit-10.xsd` and the stricter one of Ant's report), which is why `testsuites` has no attributes and every
 * suite has a host name and ends with `system-out` and `system-err`. Durations are 0: none is in the report.
 */
export function* junitReporter(report: Report): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  const textsOf = causeTextsOf(report);
  let id = 0;
  for (const repository of report.repositories) {
    yield* suiteText({
      id: id++,
      name: repository.path,
      startedAt: report.run.startedAt,
      properties: propertiesOf(report, repository),
      cases: () => repositoryCases(repository, textsOf),
      output: outputOf(repository),
    });
  }
  for (const suite of runSuites(report)) yield* suiteText({ ...suite, id: id++ });
  yield '</testsuites>\n';
}

function propertiesOf(report: Report, { verdict, checksums }: RepositoryReport): [string, string][] {
  return [
    ['verdict', verdict],
    ['primary', report.sites.primary.url],
    ['secondary', report.sites.secondary.url],
    ...(['wide', 'narrow', 'gitlabV1'] as const).flatMap((profile): [string, string][] => [
      [`checksum.${profile}.primary`, checksums[profile].primary ?? 'not read'],
      [`checksum.${profile}.secondary`, checksums[profile].secondary ?? 'not read'],
    ]),
    ['reportDigest', report.reportDigest],
  ];
}

/** What is known beside the tags, and why the causes are claimed. */
function outputOf(repository: RepositoryReport): string[] {
  return [
    ...remarkWords(repository),
    ...evidenceWords(repository).map(([code, words]) => `${code}: ${words}`),
  ];
}

/** A suite fails exactly when its repository is not IN-SYNC, whatever it is that says so. */
function* repositoryCases(repository: RepositoryReport, textsOf: CauseTexts): Generator<TestCase> {
  const { verdict, counts, errors } = repository;
  for (const error of errors) {
    const status = error.status === null ? '' : `, HTTP ${error.status}`;
    const tags = error.tags ?? [];
    yield {
      name: `read ${error.site}: ${error.code}${tags.length === 0 ? '' : ` (${plural(tags.length, 'tag')})`}`,
      problem: {
        kind: 'error',
        type: error.code,
        message: `${error.site}: ${error.code}${status}: ${error.message}`,
        lines: [
          ...(error.hint === undefined ? [] : [`Next step: ${error.hint}`]),
          ...(tags.length === 0 ? [] : ['No verdict for:', ...tags]),
        ],
      },
    };
  }
  yield* tagCases(repository, textsOf);
  if (verdict === 'INCOMPLETE' && errors.length === 0) {
    yield {
      name: 'everything was read',
      problem: { kind: 'error', type: 'INCOMPLETE', message: 'not everything could be read', lines: [] },
    };
  } else if (verdict === 'OUT-OF-SYNC' && counts.total === counts.MATCH) {
    yield {
      name: 'the checksums are equal',
      problem: {
        kind: 'failure',
        type: 'CHECKSUMS-DIFFER',
        message: 'every compared tag matches, but the checksums differ',
        lines: (['wide', 'narrow', 'gitlabV1'] as const).map((profile) => {
          const { primary, secondary } = repository.checksums[profile];
          return `${profile}: primary ${primary ?? 'not read'}, secondary ${secondary ?? 'not read'}`;
        }),
      },
    };
  } else if (counts.total === 0 && errors.length === 0) {
    yield { name: 'neither site has a tag', problem: null };
  }
}
