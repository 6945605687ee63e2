import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ociImage, ociIndexOf, signature, signatureTag } from '../../src/demo/images.ts';
import { type Plan, planDigest, planJsonSchema, planSchema } from '../../src/report/plan.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { readPlan, readReport, runFix, siteArgs } from '../support/fix-run.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const PATH = 'group/project';
const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(planJsonSchema());

describe('plan', () => {
  let pair: FixPair;
  let scanned: CliResult;
  let printed: CliResult;
  let plan: Plan;

  beforeAll(async () => {
    pair = await startFixPair({ flavour: 'distribution' });
    const base = ociImage('base');
    pair.put('both', PATH, 'same', base);
    pair.put('primary', PATH, 'moved', ociImage('new'));
    pair.put('secondary', PATH, 'moved', ociImage('old'));
    pair.put('primary', PATH, 'index', ociIndexOf('index'));
    pair.put('primary', PATH, signatureTag(base.digest), signature(base));
    pair.put('primary', PATH, 'broken-here', ociImage('broken'));
    pair.secondary.storage.breakTagLink(PATH, 'broken-here');
    pair.put('secondary', PATH, 'orphan', ociImage('orphan'));
    pair.secondary.storage.breakTagLink(PATH, 'broken-orphan');
    pair.put('secondary', PATH, 'broken-there', ociImage('there'));
    pair.primary.storage.breakTagLink(PATH, 'broken-there');
    pair.put('both', 'group/healthy', 'same', base);
    const args = ['scan', ...siteArgs(pair), '--settle', '0', '--out', 'out', PATH, 'group/healthy'];
    scanned = await runCli(args);
    for (const { requests } of [pair.primary, pair.secondary]) requests.length = 0;
    printed = await runCli(['plan', 'out/report.json'], { cwd: scanned.cwd });
    plan = planSchema().parse(JSON.parse(printed.stdout));
  });
  afterAll(() => pair.close());

  it('prints a plan that validates against its published schema, asks no site, and exits with 0', () => {
    validate(JSON.parse(printed.stdout));
    expect(validate.errors).toBeNull();
    expect(printed.code).toBe(0);
    expect(printed.stderr).toBe('');
    expect([...pair.primary.requests, ...pair.secondary.requests]).toEqual([]);
    expect(plan.planDigest).toBe(planDigest(plan));
    expect(plan.reportDigest).toBe(readReport(scanned).reportDigest);
  });

  it('has repairs first, copies in the order of what they need, deletes, then what is left alone', () => {
    expect(plan.repositories.map(({ path }) => path)).toEqual([PATH]);
    expect(plan.repositories[0]?.actions.map(({ type, tag }) => `${type} ${tag}`)).toEqual([
      'copy broken-here',
      'copy moved',
      'copy index',
      `copy ${signatureTag(ociImage('base').digest)}`,
      'delete broken-orphan',
      'delete orphan',
      'none broken-there',
    ]);
    expect(plan.repositories[0]?.actions).toContainEqual({
      id: expect.stringMatching(/^\d+$/),
      type: 'copy',
      tag: 'moved',
      digest: ociImage('new').digest,
      replaces: ociImage('old').digest,
      reason: 'MISMATCH',
    });
    expect(plan.repositories[0]?.actions).toContainEqual(
      expect.objectContaining({
        tag: 'broken-orphan',
        type: 'delete',
        expects: null,
        reason: 'UNRESOLVABLE',
      }),
    );
    expect(plan.repositories[0]?.actions.at(-1)?.reason).toMatch(
      /^UNRESOLVABLE on primary: nothing to copy from/,
    );
  });

  it('is the same but for its time however often it is made, and whether it is printed or written', async () => {
    const { cwd, stdout, stderr, code } = await runCli(
      ['plan', 'out/report.json', '--out', 'plans/plan.json'],
      { cwd: scanned.cwd },
    );
    expect({ stdout, code }).toEqual({ stdout: '', code: 0 });
    expect(stderr).toBe('Wrote plans/plan.json\n');
    const written = planSchema().parse(JSON.parse(readFileSync(join(cwd, 'plans', 'plan.json'), 'utf8')));
    const timeless = ({ createdAt: _, planDigest: __, ...rest }: Plan) => rest;
    expect(timeless(written)).toEqual(timeless(plan));
    const piped = await runCli(['plan', '-'], { stdin: readFileSync(join(cwd, 'out', 'report.json')) });
    expect(timeless(planSchema().parse(JSON.parse(piped.stdout)))).toEqual(timeless(plan));
  });

  it('is printed whatever the configuration says of the reports', async () => {
    for (const out of ['out', 'newdir']) {
      writeFileSync(join(scanned.cwd, 'audit.yml'), `out: ${out}\nformat: [json, html]\n`);
      const result = await runCli(['plan', 'out/report.json', '--config', 'audit.yml'], { cwd: scanned.cwd });
      expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
      expect(planSchema().parse(JSON.parse(result.stdout)).repositories).toEqual(plan.repositories);
    }
    expect(existsSync(join(scanned.cwd, 'newdir'))).toBe(false);
  });

  it('is written to a file, and to no directory', async () => {
    const result = await runCli(['plan', 'out/report.json', '--out', 'out'], { cwd: scanned.cwd });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(/: --out: out is a directory, not a file\. [^\n]*\n$/);
  });

  it('as a table: an action a line, and the counts', async () => {
    const { stdout } = await runCli(['plan', 'out/report.json', '--format', 'table'], { cwd: scanned.cwd });
    expect(stdout).toMatch(/^\d+ +copy +moved +\S+ +\S+ +MISMATCH$/m);
    expect(stdout).toMatch(/^\d+ +delete +broken-orphan +nothing usable +gone +UNRESOLVABLE$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('4 copies, 2 deletes, 1 left alone');
  });

  it('--no-delete and --no-copy leave out what they say, with the reason', async () => {
    const { stdout } = await runCli(['plan', 'out/report.json', '--no-delete', '--no-copy'], {
      cwd: scanned.cwd,
    });
    const { repositories } = planSchema().parse(JSON.parse(stdout));
    const actions = repositories.flatMap((repository) => repository.actions);
    expect(new Set(actions.map(({ type }) => type))).toEqual(new Set(['none']));
    expect(actions.find(({ tag }) => tag === 'orphan')?.reason).toContain('--no-delete');
    expect(actions.find(({ tag }) => tag === 'moved')?.reason).toContain('--no-copy');
  });

  it('is what scan --fix writes beside its journal and carries out', async () => {
    const dry = await runFix(['scan', '--fix', '--dry-run', PATH], pair);
    expect(dry.stdout).toContain('would be copied');
    const run = await runFix(['scan', '--fix', '--yes', PATH], pair);
    const carriedOut = readPlan(run);
    expect(carriedOut.repositories).toEqual(plan.repositories);
    validate(carriedOut);
    expect(validate.errors).toBeNull();
    expect(run.fix.actions.map(({ id }) => id)).toEqual(plan.repositories[0]?.actions.map(({ id }) => id));
  });

  it.each([
    ['no report at all', '{"kind":"something"}', /report/],
    ['no JSON', 'hello', /JSON/i],
  ])('refuses %s with exit code 3', async (_, text, words) => {
    const { cwd } = scanned;
    writeFileSync(join(cwd, 'bad.json'), text);
    const run = await runCli(['plan', 'bad.json'], { cwd });
    expect(run.code).toBe(3);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(words);
  });
});
