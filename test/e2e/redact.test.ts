import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, ociIndexOf, storeImage } from '../../src/demo/images.ts';
import { reportDigest } from '../../src/report/canonical.ts';
import type { Report } from '../../src/report/report.ts';
import { siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'planted-group/planted-project';
const PLANTED = /planted|127\.0\.0\.1/i;
const ALL = 'json,csv,html,markdown,junit,ndjson,table';
const MAP = 'geo-registry-audit-redaction.json';

describe('--redact', () => {
  const cwd = makeTempDir('redact');
  let primary: EmbeddedRegistry;
  let secondary: EmbeddedRegistry;
  const scan = (...more: string[]) =>
    runCli(
      [
        'scan',
        ...siteArgs({ primary, secondary }),
        '--settle',
        '0',
        '--retries',
        '0',
        '--redact',
        ...more,
        PATH,
        'planted-group/broken',
      ],
      { cwd },
    );
  const read = (...path: string[]) => readFileSync(join(cwd, ...path), 'utf8');

  beforeAll(async () => {
    primary = await startEmbeddedRegistry();
    secondary = await startEmbeddedRegistry();
    for (const [site, content] of [
      [primary, 'new'],
      [secondary, 'old'],
    ] as const) {
      storeImage(site.storage, PATH, ociIndexOf(content), 'planted-index');
      storeImage(site.storage, PATH, ociImage(content), 'planted-image');
      storeImage(site.storage, 'planted-group/broken', ociImage(content), 'planted-tag');
    }
    storeImage(secondary.storage, PATH, ociImage('orphan'), 'planted-orphan');
    secondary.options.fault = ({ path }) =>
      path.includes('/planted-group/broken/')
        ? {
            status: 403,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              errors: [
                {
                  code: 'DENIED',
                  message: `planted-group/broken at ${secondary.url} is denied`,
                  detail: [{ Name: 'planted-group/broken' }],
                },
              ],
            }),
          }
        : undefined;
  });
  afterAll(() => Promise.all([primary.close(), secondary.close()]));

  it('leaves no host, path or tag in any format, and keeps the names in a file of its own', async () => {
    const plain = await runCli(
      ['scan', ...siteArgs({ primary, secondary }), '--settle', '0', '--retries', '0', PATH],
      { cwd: makeTempDir('cwd') },
    );
    expect(plain.stdout).toMatch(PLANTED);
    const { code, stdout, stderr } = await scan(
      '--format',
      ALL,
      '--out',
      'out',
      '--include',
      'planted',
      '--exclude',
      '^planted-none',
    );
    expect(code).toBe(2);
    expect(stdout.match(PLANTED)?.[0]).toBeUndefined();
    expect(stderr).toContain(`The names behind the tokens are in ${MAP}: do not attach it.\n`);
    const files = readdirSync(join(cwd, 'out'));
    expect(files.length).toBeGreaterThanOrEqual(7);
    for (const file of files)
      expect([file, read('out', file).match(PLANTED)?.[0]]).toEqual([file, undefined]);
    const report = JSON.parse(read('out', 'report.json')) as Report;
    expect(report.reportDigest).toBe(reportDigest(report));
    expect(report.run.options).toMatchObject({ include: ['redacted'], exclude: ['redacted'] });
    expect(report.repositories.flatMap(({ tags }) => [...tags]).length).toBe(3);

    expect(statSync(join(cwd, MAP)).mode & 0o777).toBe(0o600);
    const { names } = JSON.parse(read(MAP)) as { names: Record<string, string> };
    const used = new Set(read('out', 'report.json').match(/\b(?:host|repository|tag)-[0-9a-f]{12}\b/g));
    expect([...used].filter((token) => !(token in names))).toEqual([]);
    expect(Object.values(names)).toEqual(
      expect.arrayContaining([PATH, 'planted-group/broken', 'planted-index', 'planted-orphan', '127.0.0.1']),
    );
  });

  it('gives the same tokens in the next run, so that two of them can be compared', async () => {
    await scan('--format', 'json', '--out', 'first', '--quiet');
    const map = read(MAP);
    await scan('--format', 'json', '--out', 'second', '--quiet');
    expect(read(MAP)).toBe(map);
    const [one, two] = ['first', 'second'].map(
      (directory) => JSON.parse(read(directory, 'report.json')) as Report,
    );
    expect(two?.repositories).toEqual(one?.repositories);
    expect(two?.sites).toEqual(one?.sites);
    const { code, stdout } = await runCli(['diff', 'first/report.json', 'second/report.json'], { cwd });
    expect(code).toBe(0);
    expect(stdout).not.toMatch(PLANTED);
  });

  it('can be had later, by render, with a mapping elsewhere', async () => {
    const full = await runCli(
      ['scan', ...siteArgs({ primary, secondary }), '--settle', '0', '--format', 'json', '--out', '-', PATH],
      { cwd },
    );
    const args = ['render', '-', '--redact', '--redaction-map', 'maps/mine.json', '--format', 'json'];
    const { code, stdout } = await runCli(args, { cwd, stdin: full.stdout });
    expect(code).toBe(0);
    expect(stdout.match(PLANTED)?.[0]).toBeUndefined();
    expect(statSync(join(cwd, 'maps', 'mine.json')).mode & 0o777).toBe(0o600);
    expect((await runCli(['render', '-'], { cwd, stdin: stdout })).code).toBe(0);
  });

  it.each([
    ['cut', '{"key": "'],
    ['a report', '{"schemaVersion": 1}'],
    ['without a key of full length', '{"key": "abc", "names": {}}'],
    ['empty', ''],
  ])('refuses a mapping that is %s before the first request, and leaves it', async (_, text) => {
    writeFileSync(join(cwd, 'damaged.json'), text);
    const before = primary.requests.length;
    const { code, stdout, stderr } = await scan('--redaction-map', 'damaged.json', '--out', 'never');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      'geo-registry-audit: --redaction-map: damaged.json is not a mapping that this tool wrote.\n',
    );
    expect(read('damaged.json')).toBe(text);
    expect(primary.requests.length).toBe(before);
    expect(existsSync(join(cwd, 'never'))).toBe(false);
  });
});
