import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { fillEmbedded } from '../support/fill-sites.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { type FixRun, runFix, siteArgs } from '../support/fix-run.ts';
import { randomDrift } from '../support/random-drift.ts';
import { readTuples } from '../support/read-site.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const PATH = 'group/project';
let pair: FixPair;

beforeEach(async () => {
  pair = await startFixPair();
});
afterEach(() => pair.close());

/** A directory with the plan of the pair as it is now. */
async function plan(paths: readonly string[] = [PATH], from: FixPair = pair): Promise<string> {
  const { cwd } = await runCli(['scan', ...siteArgs(from), '--settle', '0', '--out', 'scan', ...paths]);
  await runCli(['plan', 'scan/report.json', '--out', 'plan.json'], { cwd });
  return cwd;
}

const applied = (cwd: string, ...more: string[]) =>
  runFix(['apply', 'plan.json', '--yes', ...more], pair, { cwd });

it('gives what scan --fix gives', async () => {
  const drift = randomDrift(7, { repositories: 2, tags: 27 });
  const paths = drift.map(({ path }) => path);
  const other = await startFixPair();
  try {
    for (const each of [pair, other]) {
      fillEmbedded(each.primary.storage, drift, 'primary');
      fillEmbedded(each.secondary.storage, drift, 'secondary');
    }
    const viaPlan = await applied(await plan(paths));
    const atOnce = await runFix(['scan', '--fix', '--yes', ...paths], other);

    expect([viaPlan.code, atOnce.code]).toEqual([0, 0]);
    // What tags share is sent by whichever of them comes first.
    const inWords = ({ fix }: FixRun) => fix.actions.map(({ bytes: _, ...action }) => action);
    expect(inWords(viaPlan)).toEqual(inWords(atOnce));
    expect(viaPlan.fix.after).toEqual(atOnce.fix.after);
    expect([viaPlan.fix.verified, atOnce.fix.verified]).toEqual([true, true]);
    for (const path of paths) {
      expect(pair.links(path)).toEqual(other.links(path));
      expect(await readTuples(pair.secondary.url, path)).toEqual(await readTuples(pair.primary.url, path));
    }
    expect(viaPlan.report.run.command).toBe('apply');
  } finally {
    await other.close();
  }
}, 120_000);

it('skips what changed since the plan, touches none of it, and does the rest', async () => {
  const put = pair.put;
  put('both', PATH, 'same', ociImage('same'));
  for (const tag of ['moved-on-primary', 'moved-on-secondary', 'gone-on-primary', 'arrived', 'still-moved']) {
    put('primary', PATH, tag, ociImage(`${tag} new`));
    if (tag !== 'arrived') put('secondary', PATH, tag, ociImage(`${tag} old`));
  }
  for (const tag of ['orphan', 'orphan-pushed', 'orphan-returned', 'orphan-gone'])
    put('secondary', PATH, tag, ociImage(tag));
  const cwd = await plan();

  put('primary', PATH, 'moved-on-primary', ociImage('newer'));
  put('secondary', PATH, 'moved-on-secondary', ociImage('by somebody'));
  pair.primary.storage.deleteTag(PATH, 'gone-on-primary');
  put('secondary', PATH, 'arrived', ociImage('arrived new'));
  put('secondary', PATH, 'orphan-pushed', ociImage('pushed again'));
  put('primary', PATH, 'orphan-returned', ociImage('orphan-returned'));
  pair.secondary.storage.deleteTag(PATH, 'orphan-gone');
  const before = pair.links(PATH);
  const run = await applied(cwd);

  expect(run.outcomes).toEqual({
    [`${PATH}:arrived`]: 'copy skipped',
    [`${PATH}:gone-on-primary`]: 'copy skipped',
    [`${PATH}:moved-on-primary`]: 'copy skipped',
    [`${PATH}:moved-on-secondary`]: 'copy skipped',
    [`${PATH}:orphan`]: 'delete done',
    [`${PATH}:orphan-gone`]: 'delete skipped',
    [`${PATH}:orphan-pushed`]: 'delete skipped',
    [`${PATH}:orphan-returned`]: 'delete skipped',
    [`${PATH}:still-moved`]: 'copy done',
  });
  const skipped = run.fix.actions.filter(({ outcome }) => outcome === 'skipped');
  for (const { detail } of skipped) expect(detail).toMatch(/^changed since the plan/);
  const { orphan: _, ...left } = before;
  expect(pair.links(PATH)).toEqual({ ...left, 'still-moved': ociImage('still-moved new').digest });
  // Nothing failed, and the new state differs: the code is that of the state.
  expect(run.code).toBe(1);
  expect(run.fix.verified).toBe(false);
});

it('applied twice does nothing the second time', async () => {
  pair.put('primary', PATH, 'new', ociImage('new'));
  pair.put('secondary', PATH, 'orphan', ociImage('orphan'));
  const cwd = await plan();
  expect((await applied(cwd)).code).toBe(0);
  for (const { requests } of [pair.primary, pair.secondary]) requests.length = 0;
  const again = await applied(cwd);
  expect(again.code).toBe(0);
  expect(again.outcomes).toEqual({ [`${PATH}:new`]: 'copy skipped', [`${PATH}:orphan`]: 'delete skipped' });
  expect(pair.writes()).toEqual([]);
  expect(again.fix.verified).toBe(true);
});

it.each([[['apply', 'plan.json']], [['scan', '--fix', PATH]]])(
  '%j --dry-run asks for no leave, writes nothing, and says what it would do',
  async (command) => {
    pair.put('both', PATH, 'same', ociImage('same'));
    pair.put('primary', PATH, 'new', ociImage('new'));
    pair.put('secondary', PATH, 'orphan', ociImage('orphan'));
    const cwd = await plan();
    const run = await runFix([...command, '--dry-run'], pair, { cwd });
    expect(pair.writes()).toEqual([]);
    expect(run.stdout).toMatch(
      /copy +group\/project +new +skipped +dry run: would be copied \(sha256:[0-9a-f]{64}\)/,
    );
    expect(run.stdout).toMatch(/delete +group\/project +orphan +skipped +dry run: would be deleted/);
    expect(run.stdout).toContain('Dry run: nothing was written.');
    expect(run.code).toBe(1);
    expect(run.report.fix).toBeNull();
    expect(existsSync(join(cwd, 'out', 'journal.ndjson'))).toBe(false);
  },
);

it.each([
  ['--no-delete', { new: 'copy done', orphan: 'delete skipped' }, ['new', 'orphan', 'same']],
  ['--no-copy', { new: 'copy skipped', orphan: 'delete done' }, ['same']],
] as const)('apply %s', async (flag, outcomes, tags) => {
  pair.put('both', PATH, 'same', ociImage('same'));
  pair.put('primary', PATH, 'new', ociImage('new'));
  pair.put('secondary', PATH, 'orphan', ociImage('orphan'));
  const run = await applied(await plan(), flag);
  expect(run.outcomes).toEqual(
    Object.fromEntries(Object.entries(outcomes).map(([tag, outcome]) => [`${PATH}:${tag}`, outcome])),
  );
  expect(Object.keys(pair.links(PATH)).sort()).toEqual(tags);
  expect(run.fix.actions.find(({ outcome }) => outcome === 'skipped')?.detail).toContain(flag);
  expect(run.code).toBe(1);
});

it('with --no-delete more orphans than --max-delete are no reason to stop', async () => {
  pair.put('primary', PATH, 'new', ociImage('new'));
  for (let i = 0; i < 3; i++) pair.put('secondary', PATH, `orphan-${i}`, ociImage('orphan'));
  const run = await runFix(['scan', '--fix', '--yes', '--no-delete', '--max-delete', '1', PATH], pair);
  expect(run.code).toBe(1);
  expect(Object.keys(pair.links(PATH)).sort()).toEqual(['new', 'orphan-0', 'orphan-1', 'orphan-2']);
});

it.each([
  ['is no plan', 'report.json'],
  ['is not there', 'nowhere.json'],
])('refuses a file that %s with exit code 3', async (_, file) => {
  const cwd = makeTempDir('plans');
  writeFileSync(join(cwd, 'report.json'), '{"schemaVersion":1,"tool":{}}');
  const run = await runCli(['apply', file, '--yes', ...siteArgs(pair)], { cwd });
  expect(run.code).toBe(3);
  expect(pair.writes()).toEqual([]);
});

it('a journal of another plan is refused before the first write', async () => {
  pair.put('primary', PATH, 'new', ociImage('new'));
  const first = await applied(await plan());
  pair.put('primary', PATH, 'newest', ociImage('newest'));
  const cwd = await plan();
  for (const { requests } of [pair.primary, pair.secondary]) requests.length = 0;
  const journal = join(first.cwd, 'out', 'journal.ndjson');
  const run = await runCli(['apply', 'plan.json', '--yes', '--resume', journal, ...siteArgs(pair)], { cwd });
  expect(run.code).toBe(3);
  expect(run.stderr).toMatch(/belongs to another plan/);
  expect(pair.writes()).toEqual([]);
});
