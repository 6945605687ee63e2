import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { reportSchema } from '../../src/report/report.ts';
import { placeholdersInEmbedded } from '../support/fill-sites.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { runFix, siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const PATH = 'group/project';
let pair: FixPair;

beforeEach(async () => {
  pair = await startFixPair({ flavour: 'distribution' });
  pair.put('both', PATH, 'same', ociImage('same'));
  for (const tag of ['a', 'b', 'c', 'd', 'e', 'f']) pair.put('primary', PATH, tag, ociImage(tag));
  for (const tag of ['old-1', 'old-2', 'old-3']) pair.put('secondary', PATH, tag, ociImage(tag));
});
afterEach(() => pair.close());

/** Resolves at the secondary's first such request. */
function atRequest(method: string, part: RegExp): Promise<void> {
  return new Promise((resolve) => {
    pair.secondary.options.fault = async (request) => {
      if (request.method !== method || !part.test(request.path)) return undefined;
      resolve();
      // The signal is to arrive while the request is under way.
      await new Promise((goOn) => setTimeout(goOn, 100));
      return undefined;
    };
  });
}

it.each<readonly [NodeJS.Signals, string, string, RegExp]>([
  ['SIGINT', 'a copy', 'PUT', /\/manifests\/b$/],
  ['SIGINT', 'a delete with a placeholder', 'PUT', /\/manifests\/old-2$/],
  ['SIGTERM', 'a copy', 'PUT', /\/manifests\/b$/],
  ['SIGTERM', 'a delete with a placeholder', 'PUT', /\/manifests\/old-2$/],
])(
  '%s during %s: 130, the account of what was done, no placeholder, and --resume ends it',
  async (name, _, method, part) => {
    const when = atRequest(method, part);
    const run = await runFix(['scan', '--fix', '--yes', PATH], pair, { signal: { name, when } });
    expect(run).toMatchObject({ code: 130, signal: null });
    expect(run.stderr).toContain('Interrupted');
    expect(run.report.run.interrupted).toBe(true);
    expect(run.fix.verified).toBe(false);
    expect(run.fix.actions).toHaveLength(9);
    expect(run.fix.actions.some(({ detail }) => detail === 'interrupted before it was begun')).toBe(true);
    expect(placeholdersInEmbedded(pair.secondary.storage, PATH)).toEqual([]);
    for (const { tag, outcome, type } of run.fix.actions) {
      if (type === 'copy' && outcome === 'done') expect(pair.links(PATH)[tag]).toBe(ociImage(tag).digest);
      if (type === 'delete') expect(tag in pair.links(PATH)).toBe(outcome !== 'done');
    }

    pair.secondary.options.fault = undefined;
    const args = ['scan', '--fix', '--yes', '--resume', 'out/journal.ndjson'];
    const resumed = await runFix(args, pair, { cwd: run.cwd });
    expect(resumed.fix.actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(resumed.code).toBe(0);
    expect(Object.keys(pair.links(PATH)).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'same']);
  },
);

it('SIGINT while a dry run checks its actions: 130, the report says so, and what was not checked is told', async () => {
  // The scan asks no site for a tag that it does not list; the check of a copy does.
  const when = atRequest('HEAD', /\/manifests\/b$/);
  const args = ['scan', '--fix', '--dry-run', PATH];
  const run = await runFix(args, pair, { signal: { name: 'SIGINT', when } });
  expect(run.code).toBe(130);
  expect(run.report).toMatchObject({ run: { interrupted: true }, fix: null });
  expect(run.stdout).toMatch(/interrupted before it was begun/);
  expect(run.stdout).toContain('Dry run: nothing was written.');
  expect(pair.writes()).toEqual([]);
});

it('with the report on standard output, that is all there is on it', async () => {
  const args = [
    'scan',
    '--fix',
    '--yes',
    PATH,
    ...siteArgs(pair),
    '--settle',
    '0',
    '--format',
    'json',
    '--out',
    '-',
  ];
  const { code, stdout, stderr } = await runCli(args);
  expect(code).toBe(0);
  const report = reportSchema().parse(JSON.parse(stdout));
  expect(report.fix?.verified).toBe(true);
  // The journal has to be somewhere all the same, and where is said.
  expect(stderr).toMatch(/^Journal: reports\/\S+\/journal\.ndjson \(if the run is stopped: --resume /m);
});

it('what --include hides is left as it is, and not called verified', async () => {
  const run = await runFix(['scan', '--fix', '--yes', '--include', '^(a|old-1)$', PATH], pair);
  expect(run.outcomes).toEqual({ [`${PATH}:a`]: 'copy done', [`${PATH}:old-1`]: 'delete done' });
  expect(Object.keys(pair.links(PATH)).sort()).toEqual(['a', 'old-2', 'old-3', 'same']);
  expect(run.fix.after[PATH]?.wide.equal).toBe(false);
  expect(run.fix.verified).toBe(false);
  expect(run.code).toBe(1);
});
