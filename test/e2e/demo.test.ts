import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportDigest } from '../../src/report/canonical.ts';
import { reportJsonSchema } from '../../src/report/json-schema.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'bin', 'geo-registry-audit.js');
const ESCAPE = '\u001b';

describe('demo', () => {
  let result: Awaited<ReturnType<typeof runCli>>;
  let directory: string;
  let report: Report;

  beforeAll(async () => {
    result = await runCli(['demo']);
    const [name = ''] = readdirSync(join(result.cwd, 'reports'));
    directory = join(result.cwd, 'reports', name);
    report = reportSchema().parse(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')));
  });

  it('exits with 1 and says in words that 52 of 62 are skipped silently', () => {
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(
      /^OUT-OF-SYNC {2}group\/project\n {2}62 tags: 52 MISMATCH, 10 MATCH; 52 skipped silently$/m,
    );
    expect(result.stdout).toMatch(/sync skips those \d+ tags silently/);
  });

  it('finds equal narrow checksums and other wide ones behind these words', () => {
    const project = report.repositories.find(({ path }) => path === 'group/project');
    expect(project?.counts).toMatchObject({ total: 62, MATCH: 10, MISMATCH: 52, silentlySkipped: 52 });
    expect(project?.checksums).toMatchObject({ wide: { equal: false }, narrow: { equal: true } });
    expect(project?.causes).toEqual(['NARROW_HIDES_INDEX', 'FALSE_MATCH_NIL']);
  });

  it('shows all five verdicts and a repository in sync', () => {
    expect(Object.values(report.summary.tags).every((count) => count > 0)).toBe(true);
    expect(report.repositories.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['group/drift', 'OUT-OF-SYNC'],
      ['group/healthy', 'IN-SYNC'],
      ['group/project', 'OUT-OF-SYNC'],
    ]);
  });

  it('writes report.json and tags.csv under the UTC time, and leaves nothing temporary', () => {
    expect(directory).toMatch(/reports\/\d{8}T\d{6}Z-demo$/);
    const files = readdirSync(directory);
    expect(files).toEqual(expect.arrayContaining(['report.json', 'tags.csv']));
    expect(files.filter((name) => !/^[a-z]+\.(json|csv)$/.test(name))).toEqual([]);
    expect(result.stderr).toMatch(/^Wrote reports\/\S+\/report\.json\S* .*reports\/\S+\/tags\.csv\n$/);
  });

  it('writes a report that validates against the published schema, sealed by its digest', () => {
    const ajv = new Ajv2020({ allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(reportJsonSchema());
    validate(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')));
    expect(validate.errors).toBeNull();
    expect(reportDigest(report)).toBe(report.reportDigest);
  });

  it('writes a line a tag', () => {
    const rows = parse(readFileSync(join(directory, 'tags.csv'), 'utf8'), { columns: true }) as Record<
      string,
      string
    >[];
    expect(rows).toHaveLength(report.summary.tags.total);
    expect(rows.filter((row) => row.silently_skipped === 'true')).toHaveLength(
      report.summary.silentlySkipped ?? -1,
    );
  });

  it('colours nothing and draws nothing where there is no terminal', () => {
    expect(result.stdout + result.stderr).not.toContain(ESCAPE);
    expect(result.stdout + result.stderr).not.toContain('\r');
  });
});

it('prints nothing but JSON with --format json --out -', async () => {
  const result = await runCli(['demo', '--format', 'json', '--out', '-']);
  expect(result.code).toBe(1);
  expect(reportSchema().parse(JSON.parse(result.stdout)).run.command).toBe('demo');
  expect(result.stderr).toBe('');
  expect(readdirSync(result.cwd)).toEqual([]);
});

it.each([
  ['csv', /^repository,tag,status,/],
  ['table', /^geo-registry-audit /],
])('prints %s alone', async (format, beginning) => {
  const result = await runCli(['demo', '--out', '-', `--format=${format}`]);
  expect(result).toMatchObject({ code: 1, stderr: '' });
  expect(result.stdout).toMatch(beginning);
  expect(readdirSync(result.cwd)).toEqual([]);
});

it('writes the formats that are asked for into the directory that is named', async () => {
  const result = await runCli(['demo', '--format', 'json', '--out', 'deep/er', '--quiet']);
  expect(result).toMatchObject({ code: 1, stdout: '', stderr: '' });
  expect(readdirSync(join(result.cwd, 'deep', 'er'))).toEqual(['report.json']);
});

it('shows matching tags too with --verbose', async () => {
  const [few, all] = await Promise.all([
    runCli(['demo', '--format', 'table', '--out', '-']),
    runCli(['demo', '--format', 'table', '--out', '-', '--verbose']),
  ]);
  expect(few.stdout).not.toContain('1.0.7');
  expect(all.stdout).toContain('1.0.7');
});

describe('an output that does not take it', () => {
  it('a directory below a file: one line, 3, before anything is read', async () => {
    const result = await runCli(['demo', '--out', '/dev/null/reports']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(/^geo-registry-audit: --out[^\n]*\n$/);
  });

  const shell = (line: string) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const environment = { ...process.env, NODE: process.execPath, COMMAND };
      execFile(
        'bash',
        ['-c', line],
        { cwd: makeTempDir('pipe'), env: environment },
        (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
        },
      );
    });

  it('a reader that has seen enough is no fault', async () => {
    const { code, stdout, stderr } = await shell(
      'set -o pipefail; "$NODE" "$COMMAND" demo --verbose | head -n 1',
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^geo-registry-audit [^\n]*\n$/);
    expect(stderr).toMatch(/^Wrote [^\n]*\n$/);
  });

  it('nor is one of both outputs', async () => {
    const { code, stdout } = await shell(
      'set -o pipefail; { "$NODE" "$COMMAND" demo --out - --format csv --log-level debug 2>&1; } | head -n 1',
    );
    expect(code).toBe(1);
    expect(stdout.split('\n')).toHaveLength(2);
  });

  it('a full disk is one: one line and 2', async () => {
    const { code, stderr } = await shell('"$NODE" "$COMMAND" demo --out - --format json > /dev/full');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^geo-registry-audit: could not write to standard output: [^\n]*\n$/);
  });
});
