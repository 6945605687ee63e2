import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonReporter } from '../../src/reporters/json.ts';
import { nastyReport } from '../reporters/fixtures.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const cwd = makeTempDir('render');
const FORMATS = 'json,csv,html,markdown,junit,ndjson';
const FILES = [
  'junit.xml',
  'report.html',
  'report.json',
  'report.md',
  'report.ndjson',
  'repositories.csv',
  'tags.csv',
];
const read = (...path: string[]) => readFileSync(join(cwd, ...path), 'utf8');
const render = (...args: string[]) => runCli(['render', ...args], { cwd });

describe('render', () => {
  let table: string;

  beforeAll(async () => {
    table = (await runCli(['demo', '--format', `${FORMATS},table`, '--out', 'live'], { cwd })).stdout;
    writeFileSync(join(cwd, 'nasty.json'), [...jsonReporter(nastyReport())].join(''));
  });

  it('writes every file as the run itself wrote it', async () => {
    const { code, stdout, stderr } = await render('live/report.json', '--format', FORMATS, '--out', 'again');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^Wrote [^\n]* and again\/report\.ndjson\n$/);
    expect(readdirSync(join(cwd, 'again')).sort()).toEqual(FILES);
    for (const file of FILES) expect([file, read('again', file)]).toEqual([file, read('live', file)]);
  });

  it.each(FORMATS.split(','))('prints %s as it writes it, and the same twice', async (format) => {
    const [one, two] = await Promise.all([
      render('nasty.json', '--format', format, '--out', '-'),
      runCli(['render', '-', '--format', format], { cwd, stdin: read('nasty.json') }),
    ]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout.length).toBeGreaterThan(100);
    expect(two.stdout).toBe(one.stdout);
    if (format === 'json') expect(one.stdout).toBe(read('nasty.json'));
  });

  it('shows the table that the run showed, without --format', async () => {
    const { code, stdout, stderr } = await render('live/report.json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(table);
  });

  it('writes what a run writes into a directory that is named without a format', async () => {
    const { stdout } = await render('live/report.json', '--out', 'plain');
    expect(stdout).toBe(table);
    expect(readdirSync(join(cwd, 'plain')).sort()).toEqual(['report.json', 'repositories.csv', 'tags.csv']);
  });

  it('never writes over the directory of the run that a report is of', async () => {
    const directory = makeTempDir('cwd');
    await runCli(['demo', '--quiet'], { cwd: directory });
    const [run = ''] = readdirSync(join(directory, 'reports'));
    const file = join('reports', run, 'report.json');
    const before = readFileSync(join(directory, file), 'utf8');
    const { code, stderr } = await runCli(['render', file, '--redact', '--format', 'json,csv'], {
      cwd: directory,
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/Wrote reports\/\S+-render\/report\.json, /);
    expect(readFileSync(join(directory, file), 'utf8')).toBe(before);
  });

  it.each([
    [['nasty.json', '--format', 'pdf'], '--format: expected json, csv,'],
    [['nasty.json', '--format', 'json,csv', '--out', '-'], '--out -: expected one --format, got json,csv'],
    [['none.json'], 'cannot read none.json: there is no such file'],
  ])('refuses %j in one line, exit 3', async (args, message) => {
    const { code, stdout, stderr } = await render(...args);
    expect(stderr).toMatch(/^geo-registry-audit: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('says in one line that a directory cannot be one, exit 3', async () => {
    const { code, stderr } = await render('nasty.json', '--format', 'html', '--out', 'nasty.json/below');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^geo-registry-audit: --out[^\n]*nasty\.json[^\n]*\n$/);
  });
});
