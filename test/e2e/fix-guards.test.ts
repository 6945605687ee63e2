import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { readReport, runFix, siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';
import { runOnTerminal, SCRIPT } from '../support/run-on-terminal.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const PATH = 'group/project';
let pair: FixPair;

beforeEach(async () => {
  pair = await startFixPair();
  pair.put('both', PATH, 'same', ociImage('same'));
  pair.put('primary', PATH, 'new', ociImage('new'));
  for (const tag of ['old-1', 'old-2', 'old-3']) pair.put('secondary', PATH, tag, ociImage(tag));
});
afterEach(() => pair.close());

/** A guard's refusal: the code, its words, the report all the same, and not one write. */
async function expectRefused(
  words: RegExp,
  args: readonly string[],
  sites: Parameters<typeof runFix>[1] = pair,
) {
  const run = await runFix(args, sites);
  expect(run.stderr).toMatch(words);
  expect(run.code).toBe(5);
  expect(pair.writes()).toEqual([]);
  expect(run.report.fix).toBeNull();
  expect(existsSync(join(run.cwd, 'out', 'journal.ndjson'))).toBe(false);
  return run;
}

/** The plan of the pair as it is now, in a directory of its own. */
async function planFile(change: (text: string) => string = (text) => text): Promise<string> {
  const { cwd } = await runCli(['scan', ...siteArgs(pair), '--settle', '0', '--out', 'out', PATH]);
  await runCli(['plan', 'out/report.json', '--out', 'plan.json'], { cwd });
  const file = join(cwd, 'plan.json');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return file;
}

describe('a guard refuses before the first write, with exit code 5 and the report', () => {
  it('more deletes than --max-delete', async () => {
    const args = ['scan', '--fix', '--yes', '--max-delete', '2', PATH];
    const { report } = await expectRefused(/deletes 3 tags, and at most 2 are allowed/, args);
    expect(report.summary.tags['SECONDARY-ONLY']).toBe(3);
  });

  it('more than 100 deletes when nothing is said', async () => {
    for (let i = 0; i < 98; i++) pair.put('secondary', PATH, `more-${i}`, ociImage('more'));
    await expectRefused(/deletes 101 tags, and at most 100/, ['scan', '--fix', '--yes', PATH]);
  });

  it.each([
    ['does not know', () => pair.primary.storage.deleteRepository(PATH)],
    ['has emptied', () => pair.primary.storage.repository(PATH).tags.clear()],
  ])('a repository that the primary %s', async (_, empty) => {
    empty();
    await expectRefused(/the primary lists no tag of group\/project/, ['scan', '--fix', '--yes', PATH]);
    const allowed = await runFix(['scan', '--fix', '--yes', '--allow-empty-primary', PATH], pair);
    expect(allowed.code).toBe(0);
    expect(pair.links(PATH)).toEqual({});
  });

  it('one registry for both sites', async () => {
    const sites = { primary: pair.secondary, secondary: { url: `${pair.secondary.url}/` } };
    await expectRefused(/are the same registry/, ['scan', '--fix', '--yes', PATH], sites);
  });

  it('a plan for another secondary', async () => {
    const other = await startFixPair();
    try {
      const sites = { primary: pair.primary, secondary: other.secondary };
      await expectRefused(/the plan is for another secondary/, ['apply', await planFile(), '--yes'], sites);
      expect(other.writes()).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('a plan with the sites changed about', async () => {
    const sites = { primary: pair.secondary, secondary: pair.primary };
    await expectRefused(/the plan is for another primary/, ['apply', await planFile(), '--yes'], sites);
  });

  it('a plan altered by hand', async () => {
    const plan = await planFile((text) => text.replace('"old-1"', '"same"'));
    await expectRefused(/the plan was altered/, ['apply', plan, '--yes']);
  });

  it('no --yes, and no terminal', async () => {
    const { stderr } = await expectRefused(/no terminal to ask on/, ['scan', '--fix', PATH]);
    expect(stderr).toMatch(/--dry-run/);
  });
});

it('asks for nothing where nothing is to be done', async () => {
  const run = await runFix(['scan', '--fix', '--include', '^same$', PATH], pair);
  expect(run.fix.actions).toEqual([]);
  expect(pair.writes()).toEqual([]);
});

it('--dry-run without --fix is a mistake, not a promise', async () => {
  const run = await runCli(['scan', '--dry-run', ...siteArgs(pair), PATH]);
  expect(run.code).toBe(3);
  expect(run.stderr).toContain('--dry-run goes with --fix');
});

describe.skipIf(SCRIPT === null)('on a terminal', () => {
  const args = () => ['scan', '--fix', ...siteArgs(pair), '--settle', '0', '--out', 'out', PATH];
  const question = /Carry it out\? \[y\/N\]/;

  it.each(['n\r', '\u0004'])('the answer %j writes nothing', async (answer) => {
    const run = await runOnTerminal(args(), { question, answer });
    expect(run.screen).toContain(`On ${pair.secondary.url}: copy 1 tag, delete 3 tags.`);
    for (const tag of ['old-1', 'old-2', 'old-3']) expect(run.screen).toContain(`delete ${PATH}:${tag}`);
    expect(run.screen).toMatch(question);
    expect(run.code).toBe(5);
    expect(pair.writes()).toEqual([]);
    expect(readReport({ ...run, signal: null, stdout: '', stderr: run.screen }).fix).toBeNull();
  });

  it('the answer y carries it out', async () => {
    const run = await runOnTerminal(args(), { question, answer: 'y\r' });
    expect(run.code).toBe(0);
    expect(pair.links(PATH)).toEqual({ same: ociImage('same').digest, new: ociImage('new').digest });
  });

  it('Ctrl-C at the question writes nothing', async () => {
    const run = await runOnTerminal(args(), { question, answer: '\u0003' });
    expect(pair.writes()).toEqual([]);
    expect(run.code).toBe(130);
    const report = readReport({ ...run, signal: null, stdout: '', stderr: run.screen });
    expect(report).toMatchObject({ run: { interrupted: true }, fix: null });
  });
});
