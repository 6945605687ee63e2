import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { reportSchema } from '../../src/report/report.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { runFix, siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'group/project';
const TO_STDOUT = ['--format', 'json', '--out', '-'];

let pair: FixPair;
let cwd: string;

beforeEach(async () => {
  cwd = makeTempDir('fix-journal');
  pair = await startFixPair();
  pair.put('primary', PATH, 'new', ociImage('new'));
});
afterEach(() => pair.close());

const scanFix = (...more: string[]) =>
  runCli(['scan', '--fix', ...siteArgs(pair), '--settle', '0', ...TO_STDOUT, PATH, ...more], { cwd });

it.each([
  ['--yes', ['--yes']],
  ['leave still to be asked for', []],
])('a directory that cannot be made for it is told in a line, with the report: %s', async (_, leave) => {
  // The default directory is below `reports`.
  writeFileSync(join(cwd, 'reports'), '');
  const { code, stdout, stderr } = await scanFix(...leave);
  expect(stderr).toMatch(
    /^geo-registry-audit: could not write reports\/\S+\/journal\.ndjson: ENOTDIR: [^\n]*\. Name a directory with room and permission by --out\.\n$/,
  );
  expect(code).toBe(2);
  expect(reportSchema().parse(JSON.parse(stdout))).toMatchObject({ fix: null });
  expect(pair.writes()).toEqual([]);
});

it('no directory is made for it before there is leave', async () => {
  const { code, stderr } = await scanFix();
  expect(stderr).toMatch(/no terminal to ask on/);
  expect(code).toBe(5);
  expect(readdirSync(cwd)).toEqual([]);
});

it('an earlier one that cannot be set aside stays, and is told in a line', async () => {
  mkdirSync(join(cwd, 'out', 'plan.json'), { recursive: true });
  writeFileSync(join(cwd, 'out', 'journal.ndjson'), 'of an earlier run\n');
  const run = await runFix(['scan', '--fix', '--yes', PATH], pair, { cwd });
  expect(run.stderr).toMatch(/^geo-registry-audit: could not write out\/journal\.ndjson: /m);
  expect(run.stderr).not.toContain('this is a defect');
  expect(run.code).toBe(2);
  expect(run.report.fix).toBeNull();
  expect(pair.writes()).toEqual([]);
  expect(readdirSync(join(cwd, 'out')).filter((name) => name.startsWith('journal'))).toEqual([
    'journal.ndjson',
  ]);
});
