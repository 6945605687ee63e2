import { describe, expect, it } from 'vitest';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { htmlReporter } from '../../src/reporters/html.ts';
import { junitReporter } from '../../src/reporters/junit.ts';
import { markdownReporter } from '../../src/reporters/markdown.ts';
import { evidenceWords, remarkWords } from '../../src/reporters/repository-words.ts';
import { image, report, repository, sha, tag } from './fixtures.ts';

const none = { count: 0, tags: [] };
const reading = {
  copy: { count: 3, tags: ['a', 'b', 'c'] },
  uncopyable: { count: 1, tags: ['c'] },
  delete: { count: 1, tags: ['old'] },
  replaced: 0,
  undeletable: none,
  skip: { count: 52, differing: 52 },
};

const rich = repository(
  'group/rich',
  'OUT-OF-SYNC',
  [tag('v1', 'MISMATCH', image('1'), image('2'), 'MISMATCH')],
  {
    storedChecksums: { primary: 'ab'.repeat(32), secondary: null },
    evidence: [
      { code: 'MOVED_TAG', count: 2, tags: ['v1'], detail: 'the digests <b>differ</b> @all' },
      { code: 'EMPTY_IS_ERROR', site: 'secondary', count: 0, tags: [], detail: 'HTTP 401' },
    ],
    geo: {
      state: 2,
      stateWords: 'synced',
      retryCount: 3,
      lastSyncFailure: 'boom\u001b[2J',
      lastSyncedAt: '2026-11-20',
    },
    forecast: {
      narrow: reading,
      wide: null,
      endangered: [
        {
          digest: sha('x'),
          readings: ['narrow'],
          deletedFor: { count: 1, tags: ['old'] },
          tags: { count: 3, tags: ['v2'] },
        },
      ],
      endangeredTags: 3,
      undone: { count: 1, tags: ['v9'] },
    },
  },
);

const whole = (): Report => reportSchema().parse(report([rich]));

describe('remarkWords', () => {
  it('says what Geo has stored, what it thinks, and what its sync does next', () => {
    expect(remarkWords(rich)).toEqual([
      `Geo has stored the checksum ${'ab'.repeat(32)} for the primary.`,
      'Geo takes this repository for synced; 3 retries; last synced 2026-11-20; last failure: boom\u001b[2J.',
      'The next sync with the narrow Accept copies 3 tags, fails to copy 1 of them, deletes 1 tag, skips 52, of which 52 differ.',
      'DANGER: the next sync would delete 3 tags that match.',
      `Deleting ${sha('x')} for old takes v2 and 2 more with it.`,
      'Copied, and lost again in the same sync: v9.',
    ]);
  });

  it('says nothing of what the report does not hold', () => {
    expect(remarkWords(repository('r', 'IN-SYNC', []))).toEqual([]);
    expect(evidenceWords(repository('r', 'IN-SYNC', []))).toEqual([]);
  });
});

describe('evidenceWords', () => {
  it('names the place, the tags and the answer', () => {
    expect(evidenceWords(rich)).toEqual([
      ['MOVED_TAG', '2 tags (v1, …): the digests <b>differ</b> @all'],
      ['EMPTY_IS_ERROR', 'secondary: HTTP 401'],
    ]);
  });
});

describe.each([
  ['html', htmlReporter, 'digests &lt;b&gt;differ&lt;/b&gt; @all'],
  ['markdown', markdownReporter, 'digests &#60;b&#62;differ&#60;/b&#62; <span>@</span>all'],
  ['junit', junitReporter, 'digests &lt;b&gt;differ&lt;/b&gt; @all'],
])('%s', (_, reporter, evidence) => {
  it('shows remarks and evidence, escaped', () => {
    const text = [...reporter(whole())].join('');
    expect(text).toContain('DANGER: the next sync would delete 3 tags');
    expect(text).toContain(evidence);
    expect(text).not.toContain('\u001b');
  });

  it("takes a cause's words from the report where it has them", () => {
    const cause = {
      code: 'MOVED_TAG',
      says: 'As said then.',
      nextStep: 'Do as then.',
      repositories: 1,
      tags: 1,
    };
    const moved = tag('v1', 'MISMATCH', image('1'), image('2'), 'MISMATCH', { causes: ['MOVED_TAG'] });
    const base = report([repository('r', 'OUT-OF-SYNC', [moved])]);
    const text = [...reporter({ ...base, summary: { ...base.summary, causes: [cause] } })].join('');
    expect(text).toContain('As said then.');
    expect(text).toContain('Do as then.');
  });
});
