import { describe, expect, it } from 'vitest';
import { reportDigest } from '../../src/report/canonical.ts';
import { redactReport } from '../../src/report/redact-report.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { FORMATS } from '../../src/reporters/formats.ts';
import { REPORTERS } from '../../src/reporters/index.ts';
import type { ReporterEntry } from '../../src/reporters/reporter.ts';
import { action, broken, image, nastyReport, report, repository, tag } from '../reporters/fixtures.ts';

const KEY = 'k'.repeat(64);
const HOST = 'registry.planted-host.example';
const PATH = 'planted-group/planted-sub/planted-project';
const TAG = 'planted-tag.1';
const ODD = 'planted tag, odd "name"';
const PLANTED = /planted|10\.20\.30\.40|mirror\.example|secret-user/i;

/** Names in every place where one can stand. */
function planted(): Report {
  const words =
    `could not read the manifest of ${TAG} in ${PATH}: connect to ${HOST}:5050 (10.20.30.40:5050) failed; ` +
    `see https://${HOST}:5050/v2/${PATH}/manifests/${TAG}, http://user:secret-user@mirror.example/v2/ and ` +
    `auth.planted-host.example, scope repository:${PATH}:pull, projects/${PATH.replaceAll('/', '%2F')}, ` +
    `"planted-group", '${TAG}', ${PATH}:${TAG}. ${TAG}.`;
  const tags = [
    tag(TAG, 'UNRESOLVABLE', broken(404, words, 'MANIFEST_UNKNOWN'), image('a'), null, {
      causes: ['BROKEN_TAG_LINK'],
    }),
    tag(ODD, 'UNRESOLVABLE', broken(500, `gone: ${ODD}`, null), image('b'), null),
    tag('sha256', 'MATCH', image('c'), image('c'), 'MATCH'),
    tag('MATCH', 'MATCH', image('d'), image('d'), 'MATCH'),
    tag('resolved', 'MATCH', image('e'), image('e'), 'MATCH'),
  ];
  const base = report([]);
  const site = (url: string) => ({ ...base.sites.primary, url });
  return report(
    [
      repository(PATH, 'INCOMPLETE', tags, {
        errors: [
          {
            site: 'primary',
            code: 'UNREACHABLE',
            status: null,
            message: words,
            hint: words,
            tags: [TAG, 'planted-unread'],
          },
          {
            site: 'secondary',
            code: 'TAG_NAME_INVALID',
            status: null,
            message: `the tag list of ${PATH} holds names that no tag can have: "planted \\"bad\\" name", "planted/x"`,
          },
        ],
        causes: ['BROKEN_TAG_LINK'],
        evidence: [{ code: 'BROKEN_TAG_LINK', site: 'primary', count: 1, tags: [TAG], detail: words }],
        forecast: {
          narrow: null,
          wide: null,
          endangered: [
            {
              digest: `sha256:${'0'.repeat(64)}`,
              readings: ['narrow'],
              deletedFor: { count: 1, tags: [TAG] },
              tags: { count: 1, tags: [ODD] },
            },
          ],
          endangeredTags: 1,
          undone: { count: 1, tags: [TAG] },
        },
        geo: { state: 3, stateWords: 'failed', retryCount: 1, lastSyncFailure: words, lastSyncedAt: null },
      }),
      repository('planted', 'IN-SYNC', []),
    ],
    {
      run: {
        ...base.run,
        options: {
          include: ['^planted'],
          exclude: [],
          'client-path': 'auto',
          narrow: 'all',
          settle: 5,
          'gitlab-url': `https://${HOST}`,
          'repositories-from': '/home/planted/list',
          'a-later-option': { path: PATH },
          shards: [`sha256:${'1'.repeat(64)}`],
          credentials: { primary: { kind: 'basic', username: 'planted', from: '/home/planted/password' } },
        },
      },
      sites: {
        primary: site(`https://${HOST}:5050`),
        secondary: site('http://10.20.30.40:5000/planted/prefix'),
      },
      fix: {
        actions: [
          { ...action('1', 'copy', 'planted-new', 'failed', `${words} planted-new`, 0), repository: PATH },
        ],
        before: { [PATH]: repository(PATH, 'IN-SYNC', []).checksums },
        after: {},
        verified: false,
      },
    },
  );
}

describe('redactReport', () => {
  const full = planted();
  const { report: redacted, mapping } = redactReport(full, KEY);

  it('leaves no host, path or tag name anywhere', () => {
    expect(JSON.stringify(full)).toMatch(PLANTED);
    expect(JSON.stringify(redacted).match(PLANTED)?.[0]).toBeUndefined();
  });

  it.each(FORMATS)('leaves none in %s', async (format) => {
    const entry: ReporterEntry = REPORTERS[format];
    for (const { load } of [entry, ...(entry.companions ?? [])]) {
      const each = await load();
      const text = [...each(redacted, { color: false, width: null, verbose: true })].join('');
      expect(text.match(PLANTED)?.[0]).toBeUndefined();
    }
  });

  it('is a report that is sealed and keeps everything but names', () => {
    expect(reportSchema().parse(redacted)).toEqual(redacted);
    expect(reportDigest(redacted)).toBe(redacted.reportDigest);
    expect(redacted.summary).toEqual(full.summary);
    expect(redacted.repositories.map(({ counts }) => counts.total).sort()).toEqual([0, 5]);
    const statuses = ({ repositories }: Report) =>
      repositories.flatMap(({ tags }) => tags.map((one) => one.status)).sort();
    expect(statuses(redacted)).toEqual(statuses(full));
    const digests = (text: string) => [...new Set(text.match(/sha256:[0-9a-f]{64}/g))].sort();
    const { reportDigest: _one, ...before } = full;
    const { reportDigest: _other, ...after } = redacted;
    expect(digests(JSON.stringify(after))).toEqual(digests(JSON.stringify(before)));
  });

  it('keeps the order of the contract', () => {
    for (const { tags } of redacted.repositories)
      expect(tags.map(({ name }) => name)).toEqual(tags.map(({ name }) => name).sort());
    const paths = redacted.repositories.map(({ path }) => path);
    expect(paths).toEqual([...paths].sort());
  });

  it('uses one token for one name, in every place, and tells them all', () => {
    const token = (name: string) =>
      Object.entries(mapping).find(([, one]) => one === name)?.[0] ?? `no token of ${name}`;
    const found = redacted.repositories.find(({ errors }) => errors.length > 0);
    expect(found?.path).toBe(token(PATH));
    expect(found?.errors[0]?.tags).toContain(token(TAG));
    expect(found?.errors[0]?.message).toBe(
      `could not read the manifest of ${token(TAG)} in ${token(PATH)}: connect to ${token(HOST)}:5050 (${token('10.20.30.40')}:5050) failed; ` +
        `see https://${token(HOST)}:5050/v2/${token(PATH)}/manifests/${token(TAG)}, http://${token('mirror.example')}/v2/ and ` +
        `${token('auth.planted-host.example')}, scope repository:${token(PATH)}:pull, projects/${token(PATH)}, ` +
        `"${token('planted-group')}", '${token(TAG)}', ${token(PATH)}:${token(TAG)}. ${token(TAG)}.`,
    );
    expect(redacted.sites.primary.url).toBe(`https://${token(HOST)}:5050`);
    expect(redacted.sites.secondary.url).toBe(`http://${token('10.20.30.40')}:5000`);
    expect(redacted.fix?.actions[0]).toMatchObject({ repository: token(PATH), tag: token('planted-new') });
    expect(Object.keys(redacted.fix?.before ?? {})).toEqual([token(PATH)]);
    const tokens = new Set(JSON.stringify(redacted).match(/\b(?:host|repository|tag)-[0-9a-f]{12}\b/g));
    for (const each of tokens) expect(Object.keys(mapping)).toContain(each);
  });

  it('keeps what an option chooses, and drops what it names', () => {
    expect(redacted.run.options).toEqual({
      include: ['redacted'],
      exclude: [],
      'client-path': 'auto',
      narrow: 'all',
      settle: 5,
      'gitlab-url': 'redacted',
      'repositories-from': 'redacted',
      'a-later-option': 'redacted',
      shards: [`sha256:${'1'.repeat(64)}`],
      credentials: { primary: { kind: 'basic' } },
    });
  });

  it('gives the same tokens for the same key, and others for another', () => {
    expect(redactReport(planted(), KEY)).toEqual({ report: redacted, mapping });
    const other = redactReport(full, 'x'.repeat(64)).mapping;
    expect(Object.keys(other).filter((token) => token in mapping)).toEqual([]);
  });

  it('does not look for names inside the tokens that it has put there', () => {
    const names = ['host', 'tag', 'repository', 'a', '0'];
    const tricky = report(
      names.map((path) =>
        repository(
          path,
          'INCOMPLETE',
          names.map((name) => tag(name, 'MATCH', image('a'), image('a'), 'MATCH')),
          {
            errors: [{ site: 'primary', code: 'X', status: null, message: `${path} of host and tag a` }],
          },
        ),
      ),
    );
    const { report: done, mapping: map } = redactReport(tricky, KEY);
    for (const { errors } of done.repositories) {
      expect(errors[0]?.message).toMatch(
        /^(tag|repository)-[0-9a-f]{12} of tag-[0-9a-f]{12} and tag-[0-9a-f]{12} tag-[0-9a-f]{12}$/,
      );
    }
    expect(Object.values(map).sort()).toEqual(expect.arrayContaining(names));
  });

  it('takes the report that attacks every format', () => {
    const nasty = nastyReport();
    const { report: done } = redactReport(nasty, KEY);
    expect(reportSchema().parse(done)).toEqual(done);
    const text = JSON.stringify(done);
    for (const { path, tags } of nasty.repositories) {
      if (path.length > 4) expect(text).not.toContain(JSON.stringify(path));
      for (const { name } of tags)
        if (name.length > 6) expect(text).not.toContain(`"name":${JSON.stringify(name)}`);
    }
    expect(text).not.toContain('example.com');
  });
});
