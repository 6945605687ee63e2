import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerListOf, ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { type Demo, startDemo } from '../../src/demo/start-demo.ts';
import { SCHEMAS } from '../../src/report/json-schema.ts';
import type { Report } from '../../src/report/report.ts';
import type { Snapshot } from '../../src/report/snapshot.ts';
import { EMPTY_CHECKSUM, repositoryChecksum } from '../../src/verifier/repository-checksum.ts';
import { digest } from '../audit/support/snapshots.ts';
import { type PushableImage, pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { breakTagLink, removeRevision } from '../support/registry-storage.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const JSON_OUT = ['--format', 'json', '--out', '-'];

/** The `repositories` part of a report, as it stands in the file. */
function repositoriesPart(text: string): string {
  const start = text.indexOf('\n  "repositories": [');
  const end = text.indexOf('\n  "fix": ');
  expect(start).toBeGreaterThan(0);
  expect(end).toBeGreaterThan(start);
  return text.slice(start, end);
}

interface Sites {
  readonly primary: string;
  readonly secondary: string;
}

/** Scans, and takes and compares two snapshots, one of them packed; gives both reports as text. */
async function bothWays(sites: Sites, paths: readonly string[], ...more: readonly string[]) {
  const cwd = makeTempDir('snapshots');
  const scan = await runCli(
    [
      'scan',
      '--primary-url',
      sites.primary,
      '--secondary-url',
      sites.secondary,
      '--settle',
      '0',
      ...JSON_OUT,
      ...more,
      ...paths,
    ],
    { cwd },
  );
  for (const [side, file] of [
    ['primary', 'p.json'],
    ['secondary', 's.json.gz'],
  ] as const) {
    const url = sites[side];
    const taken = await runCli(['snapshot', `--${side}-url`, url, '--out', file, ...more, ...paths], { cwd });
    expect(taken).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`Wrote ${file}\n$`)),
    });
  }
  const compare = await runCli(['compare', 'p.json', 's.json.gz', ...JSON_OUT], { cwd });
  return { cwd, scan, compare };
}

describeReal('two Distribution registries that differ', () => {
  const PATH = 'group/project';
  let primary: RealRegistry;
  let secondary: RealRegistry;

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    const push = (registry: RealRegistry, image: PushableImage, ...tags: string[]) =>
      pushImage(registry, PATH, image, tags);
    const both = async (image: PushableImage, ...tags: string[]) => {
      await push(primary, image, ...tags);
      await push(secondary, image, ...tags);
    };
    await both(ociImage('one'), 'image');
    await both(ociIndexOf('one'), 'index');
    await both(dockerListOf('one', ['linux/amd64', 'linux/arm64']), 'list');
    await push(primary, ociIndexOf('new'), 'moved-index');
    await push(secondary, ociIndexOf('old'), 'moved-index');
    await push(primary, ociImage('fresh'), 'only-primary');
    await push(secondary, ociImage('stale'), 'only-secondary');
    await both(ociImage('broken'), 'broken-on-secondary');
    await both(ociImage('dangling'), 'dangling-on-secondary');
    breakTagLink(secondary.root, PATH, 'broken-on-secondary');
    removeRevision(secondary.root, PATH, ociImage('dangling').digest);
  });
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it.each([['auto'], ['all'], ['off']])(
    'are compared from files as they are live, narrow %s',
    async (narrow) => {
      const { scan, compare } = await bothWays(
        { primary: primary.url, secondary: secondary.url },
        [PATH, 'group/nobody-has-it'],
        '--narrow',
        narrow,
      );
      expect(repositoriesPart(compare.stdout)).toBe(repositoriesPart(scan.stdout));
      expect(compare.code).toBe(scan.code);
      expect(compare.stdout).toContain('"only-secondary"');
    },
  );
});

describe('the demo', () => {
  let demo: Demo;
  let sites: Sites;

  beforeAll(async () => {
    demo = await startDemo();
    sites = { primary: demo.primary.url, secondary: demo.secondary.url };
  });
  afterAll(() => demo.close());

  it.each([['docker-v2'], ['gitlab-v1'], ['auto']])(
    'is compared from files as it is live by %s',
    async (clientPath) => {
      const { cwd, scan, compare } = await bothWays(sites, demo.repositories, '--client-path', clientPath);
      expect(repositoriesPart(compare.stdout)).toBe(repositoriesPart(scan.stdout));
      const [live, filed] = [scan, compare].map(({ stdout }) => JSON.parse(stdout) as Report);
      expect(filed?.summary).toEqual(live?.summary);
      expect(filed?.sites).toEqual(live?.sites);
      expect(filed?.run).toMatchObject({ command: 'compare', clientPath: live?.run.clientPath });
      const snapshot = JSON.parse(readFileSync(join(cwd, 'p.json'), 'utf8')) as Snapshot;
      expect(filed?.run.options).toMatchObject({
        snapshots: { primary: { snapshotDigest: snapshot.snapshotDigest } },
      });
      const ajv = new Ajv2020({ allErrors: true });
      addFormats.default(ajv);
      const validate = ajv.compile(SCHEMAS.snapshot());
      validate(snapshot);
      expect(validate.errors).toBeNull();
    },
  );

  it('is taken by the name of its file as JSON or gzip, the same', async () => {
    const cwd = makeTempDir('gzip');
    const path = 'group/healthy';
    const take = (out: string) =>
      runCli(['snapshot', '--url', sites.primary, '--out', out, '--quiet', path], { cwd });
    expect((await take('a.json')).stderr).toBe('');
    await take('a.json.gz');
    const packed = readFileSync(join(cwd, 'a.json.gz'));
    const timeless = (text: string) => {
      const { run: _run, snapshotDigest: _digest, ...rest } = JSON.parse(text) as Snapshot;
      return rest;
    };
    expect(timeless(gunzipSync(packed).toString())).toEqual(
      timeless(readFileSync(join(cwd, 'a.json'), 'utf8')),
    );
    const printed = await runCli(['snapshot', '--url', sites.primary, '--out', '-', path], { cwd });
    expect(timeless(printed.stdout)).toEqual(timeless(readFileSync(join(cwd, 'a.json'), 'utf8')));
    const piped = await runCli(['compare', '-', 'a.json.gz', ...JSON_OUT], { cwd, stdin: printed.stdout });
    expect(piped.code).toBe(0);
    expect((JSON.parse(piped.stdout) as Report).summary.verdict).toBe('IN-SYNC');
  });

  it('keeps the stored checksum that a snapshot was given', async () => {
    const cwd = makeTempDir('stored');
    const [path = ''] = demo.repositories;
    const take = (side: 'primary' | 'secondary', ...more: string[]) =>
      runCli(['snapshot', `--${side}-url`, sites[side], '--out', `${side}.json`, ...more, path], { cwd });
    await take('primary', '--stored-checksum', `primary=${'a'.repeat(64)}`);
    await take('secondary');
    const stale = async (...more: string[]) => {
      const { stdout } = await runCli(['compare', 'primary.json', 'secondary.json', ...JSON_OUT, ...more], {
        cwd,
      });
      return JSON.parse(stdout) as Report;
    };
    const told = await stale();
    expect(told.repositories.at(0)?.causes).toContain('CHECKSUM_STALE');
    const live = told.repositories.at(0)?.checksums.wide.primary ?? '';
    expect((await stale('--stored-checksum', `primary=${live}`)).repositories.at(0)?.causes).not.toContain(
      'CHECKSUM_STALE',
    );
    const scanned = await runCli(
      [
        'scan',
        '--primary-url',
        sites.primary,
        '--secondary-url',
        sites.secondary,
        '--settle',
        '0',
        ...JSON_OUT,
        '--stored-checksum',
        `primary:${path}=${'a'.repeat(64)}`,
        path,
      ],
      { cwd },
    );
    expect((JSON.parse(scanned.stdout) as Report).repositories.at(0)).toEqual(told.repositories.at(0));
    const wrong = await take('primary', '--stored-checksum', `secondary=${live}`);
    expect(wrong).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /^geo-registry-audit: --stored-checksum: the primary is read here, and one of the secondary is given\. [^\n]*\n$/,
      ),
    });
  });

  it('says of a repository that is in one snapshot alone that it was not read', async () => {
    const cwd = makeTempDir('alone');
    const [one = '', two = ''] = demo.repositories;
    await runCli(['snapshot', '--primary-url', sites.primary, '--out', 'p.json', one, two], { cwd });
    await runCli(['snapshot', '--secondary-url', sites.secondary, '--out', 's.json', one], { cwd });
    const { code, stdout } = await runCli(['compare', 'p.json', 's.json', ...JSON_OUT], { cwd });
    expect(code).toBe(2);
    const alone = (JSON.parse(stdout) as Report).repositories.find(({ path }) => path === two);
    expect(alone).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ site: 'secondary', code: 'NOT_IN_SNAPSHOT' }],
    });
  });

  describe('as a file that cannot be compared', () => {
    const cwd = makeTempDir('refused');
    const write = (name: string, content: string | Uint8Array) => writeFileSync(join(cwd, name), content);

    beforeAll(async () => {
      const [path = ''] = demo.repositories;
      await runCli(['snapshot', '--primary-url', sites.primary, '--out', 'p.json', path], { cwd });
      await runCli(['snapshot', '--secondary-url', sites.secondary, '--out', 's.json', path], { cwd });
      await runCli(
        [
          'snapshot',
          '--secondary-url',
          sites.secondary,
          '--client-path',
          'gitlab-v1',
          '--out',
          'v1.json',
          path,
        ],
        { cwd },
      );
      await runCli(['compare', 'p.json', 's.json', '--format', 'json', '--out', '.'], { cwd });
      const text = readFileSync(join(cwd, 's.json'), 'utf8');
      write('newer.json', text.replace('"schemaVersion": 1', '"schemaVersion": 2'));
      write('cut.json', text.slice(0, -200));
      write('cut.json.gz', gzipSync(text).subarray(0, 300));
      write('words.json', 'not a snapshot\n');
      write('empty.json', '');
      write('altered.json', text.replace('"side": "secondary"', '"side": null'));
      write('escape\u001b[31m.json', '{');
    });

    it.each([
      ['p.json', 'p.json is a snapshot of the primary, where one of the secondary is expected'],
      ['v1.json', 'p.json was read by docker-v2, v1.json by gitlab-v1: two client paths cannot be compared'],
      ['report.json', 'report.json is not a snapshot but a report'],
      ['newer.json', 'newer.json has schemaVersion 2; this release reads up to 1'],
      ['cut.json', 'cut.json is not a snapshot: it is cut off'],
      ['cut.json.gz', 'cut.json.gz is not a snapshot: its gzip data is cut off or damaged'],
      ['words.json', 'words.json is not a snapshot: it is not JSON'],
      ['empty.json', 'empty.json is not a snapshot: it is empty'],
      ['altered.json', 'altered.json was altered after it was written: its snapshotDigest does not fit'],
      ['no-such-file.json', 'cannot read no-such-file.json: there is no such file'],
      ['.', 'cannot read .: it is a directory'],
      ['escape\u001b[31m.json', 'escape\\u001b[31m.json is not a snapshot: it is cut off'],
    ])('%j is refused in one line with its name, exit 3', async (file, message) => {
      const { code, stdout, stderr } = await runCli(['compare', 'p.json', file], { cwd });
      expect(stderr).toMatch(/^geo-registry-audit: [^\n]*\n$/);
      expect(stderr).toContain(message);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    });

    it('standard input cannot be both', async () => {
      const { code, stderr } = await runCli(['compare', '-', '-'], { cwd, stdin: '{}' });
      expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 3, lines: 1 });
    });
  });
});

describe('snapshot --from-tuples', () => {
  const A = digest('a');
  const LIST = JSON.stringify([
    ['latest', A],
    ['old', null],
  ]);
  const take = (stdin: string, ...args: string[]) =>
    runCli(['snapshot', '--from-tuples', '-', '--out', '-', ...args, 'Group/Project'], { stdin });

  it.each([
    ['JSON', LIST],
    ['CSV with a byte order mark', `\ufefftag,digest\r\nlatest,${A}\r\nold,\r\n`],
  ])('takes %s, wide, with a side, a URL and a stored checksum', async (_, text) => {
    const { code, stdout } = await take(
      text,
      '--accept',
      'wide',
      '--primary-url',
      'https://registry.example.com:5050/',
      '--stored-checksum',
      `primary=${EMPTY_CHECKSUM}`,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      side: 'primary',
      site: { url: 'https://registry.example.com:5050' },
      repositories: [
        {
          path: 'group/project',
          storedChecksum: EMPTY_CHECKSUM,
          tags: [{ name: 'latest' }, { name: 'old' }],
        },
      ],
    });
  });

  it('gives of narrow tuples the narrow checksum and no verdict', async () => {
    const cwd = makeTempDir('tuples');
    writeFileSync(join(cwd, 'tuples.json'), LIST);
    const make = (accept: string, out: string) =>
      runCli(['snapshot', '--from-tuples', 'tuples.json', '--accept', accept, '--out', out, 'g/p'], { cwd });
    expect((await make('narrow', 'n.json')).code).toBe(2);
    expect((await make('wide', 'w.json.gz')).code).toBe(0);
    const { code, stdout } = await runCli(['compare', 'n.json', 'w.json.gz', ...JSON_OUT], { cwd });
    expect(code).toBe(2);
    expect((JSON.parse(stdout) as Report).repositories).toMatchObject([
      {
        verdict: 'INCOMPLETE',
        tags: [],
        errors: [{ site: 'primary', code: 'NARROW_ONLY' }],
        checksums: {
          narrow: {
            primary: repositoryChecksum([
              ['latest', A],
              ['old', null],
            ]),
            secondary: null,
          },
        },
      },
    ]);
  });

  it('is of the site whose side is asked for, with its URL, and shows no status that nobody knows', async () => {
    const cwd = makeTempDir('tuples');
    writeFileSync(join(cwd, 'tuples.json'), LIST);
    const env = {
      GEO_REGISTRY_AUDIT_PRIMARY_URL: 'http://p.example:5000',
      GEO_REGISTRY_AUDIT_SECONDARY_URL: 'http://s.example:5000',
    };
    const make = (side: string) =>
      runCli(
        [
          'snapshot',
          '--from-tuples',
          'tuples.json',
          '--accept',
          'wide',
          '--side',
          side,
          '--out',
          side,
          'g/p',
        ],
        { cwd, env },
      );
    expect((await make('primary')).code).toBe(0);
    expect((await make('secondary')).code).toBe(0);
    const site = JSON.parse(readFileSync(join(cwd, 'secondary'), 'utf8')).site;
    expect(site).toMatchObject({ url: 'http://s.example:5000' });
    const { stdout } = await runCli(['compare', 'primary', 'secondary'], { cwd });
    expect(stdout).toContain('no digest');
    expect(stdout).not.toContain('null');
  });

  it.each([
    ['no --accept', LIST, [], '--accept is missing'],
    ['two repositories', LIST, ['--accept', 'wide', 'g/q'], '--from-tuples: name the one repository'],
    ['nothing', '', ['--accept', 'wide'], 'standard input is empty'],
    [
      'a bad row',
      'tag,digest\nlatest\n,x\n',
      ['--accept', 'wide'],
      'standard input, line 3: expected tag,digest',
    ],
    [
      'a bad digest',
      'latest,sha256:abc',
      ['--accept', 'narrow'],
      'is no digest. Expected sha256: with 64 lower-case hex digits',
    ],
    ['a tag twice', 'a,\na,', ['--accept', 'wide'], 'the tag "a" is there already'],
    [
      'a URL with a password',
      LIST,
      ['--accept', 'wide', '--url', 'https://u:hunter2@x'],
      '--url: credentials do not belong into the URL',
    ],
    [
      'a checksum that is none',
      LIST,
      ['--accept', 'wide', '--stored-checksum', 'primary=abc'],
      '--stored-checksum: expected',
    ],
  ])('refuses %s in one line, exit 3', async (_, text, args, message) => {
    const { code, stdout, stderr } = await take(text, ...args);
    expect(stderr).toMatch(/^geo-registry-audit: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });
});
