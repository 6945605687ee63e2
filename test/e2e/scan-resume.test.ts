import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { type Pair, startPair } from '../audit/support/scan-embedded.ts';
import { siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

// Several processes a test, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });

const REPOSITORIES = Array.from({ length: 12 }, (_, at) => `group/r${String(at).padStart(2, '0')}`);
const TAGS = 10;

let pair: Pair;
let cwd: string;
beforeEach(async () => {
  pair = await startPair();
  cwd = makeTempDir('resume');
  for (const path of REPOSITORIES) {
    for (let i = 0; i < TAGS; i++)
      pair.put('both', `v${i}`, i % 3 === 0 ? ociIndexOf(`${i}`) : ociImage(`${i}`), path);
    pair.put('primary', 'only', ociImage(path), path);
  }
});
afterEach(() => pair.close());

const args = () => [...siteArgs(pair), '--settle', '0', ...REPOSITORIES];
const scan = (more: readonly string[], options = {}) =>
  runCli(['scan', ...args(), ...more], { cwd, ...options });
const reportIn = (directory: string): Report =>
  reportSchema().parse(JSON.parse(readFileSync(join(cwd, directory, 'report.json'), 'utf8')));
const asked = () => pair.primary.requests.length + pair.secondary.requests.length;

/** Resolves when the secondary is asked for a tag of that repository, which it never answers. */
function hangingAt(path: string): Promise<void> {
  return new Promise((resolve) => {
    pair.secondary.options.fault = ({ path: wanted }) => {
      if (!wanted.includes(`/${path}/manifests/v5`)) return undefined;
      resolve();
      return 'hang';
    };
  });
}

/** Resolves when the journal in `cut` holds that repository. */
async function journalled(path: string): Promise<void> {
  const file = join(cwd, 'cut', 'scan-journal.ndjson');
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes(`"path":"${path}"`)) await setTimeout(20);
}

it('after kill -9 goes on where it was, asks no finished repository again, and ends in the same report', async () => {
  await scan(['--out', 'whole']);
  const whole = reportIn('whole');
  const all = asked();
  const when = hangingAt(REPOSITORIES[6] as string);
  const killed = await scan(['--out', 'cut', '--concurrency', '1'], { signal: { name: 'SIGKILL', when } });
  expect(killed.signal).toBe('SIGKILL');
  // The claim of a process that is gone keeps nobody out.
  expect(readdirSync(join(cwd, 'cut'))).toEqual(['scan-journal.ndjson', 'scan-journal.ndjson.lock']);
  pair.secondary.options.fault = undefined;
  const before = asked();
  const resumed = await scan(['--resume', 'cut']);
  expect(resumed.code).toBe(1);
  expect(resumed.stdout).toMatch(/\d+ repositor(?:y was|ies were) read by an earlier run/);
  const report = reportIn('cut');
  expect(JSON.stringify(report.repositories)).toBe(JSON.stringify(whole.repositories));
  const again = asked() - before;
  const finished = report.run.resumed?.repositories ?? 0;
  expect(finished).toBeGreaterThan(0);
  // What is left, and the few requests that find out what a site is.
  expect(again).toBeLessThan(all * (1 - finished / REPOSITORIES.length) + 10);
  expect(existsSync(join(cwd, 'cut', 'scan-journal.ndjson'))).toBe(false);
});

it('a second run with the same journal or directory is refused while the first goes on', async () => {
  const when = hangingAt(REPOSITORIES[6] as string);
  const first = scan(['--out', 'cut', '--concurrency', '1'], {
    signal: {
      name: 'SIGINT',
      when: when.then(async () => {
        for (const second of [
          ['--resume', 'cut'],
          ['--out', 'cut'],
        ]) {
          const { code, stdout, stderr } = await scan(second);
          expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
          expect(stderr).toMatch(/the journal cut\/scan-journal\.ndjson is being written by process \d+ on /);
        }
      }),
    },
  });
  expect((await first).code).toBe(130);
  expect(readdirSync(join(cwd, 'cut')).filter((name) => name.startsWith('scan-journal'))).toEqual([
    'scan-journal.ndjson',
  ]);
});

it('after Ctrl-C says how to go on, and does', async () => {
  const when = hangingAt(REPOSITORIES[6] as string);
  const stopped = await scan(['--out', 'cut', '--concurrency', '1'], { signal: { name: 'SIGINT', when } });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain('To go on with what is left: scan --resume cut and the same options');
  pair.secondary.options.fault = undefined;
  expect(reportIn('cut').run.interrupted).toBe(true);
  const resumed = await scan(['--resume', 'cut']);
  expect(resumed.code).toBe(1);
  expect(reportIn('cut').summary).toMatchObject({ repositories: { total: 12, 'OUT-OF-SYNC': 12 } });
  expect(reportIn('cut').run.interrupted).toBe(false);
});

it('after Ctrl-C in the settle pause settles what differed', async () => {
  const [waits = '', finished = ''] = REPOSITORIES;
  pair.put('secondary', 'only', ociImage(finished), finished);
  const args = ['scan', ...siteArgs(pair), '--settle', '3600', waits, finished];
  const stopped = await runCli([...args, '--out', 'cut'], {
    cwd,
    signal: { name: 'SIGINT', when: journalled(finished) },
  });
  expect(stopped.code).toBe(130);
  expect(reportIn('cut').summary.repositories).toMatchObject({ 'IN-SYNC': 1, 'OUT-OF-SYNC': 1 });
  // The push that was under way comes to its end.
  pair.put('secondary', 'only', ociImage(waits), waits);
  expect((await runCli([...args, '--resume', 'cut'], { cwd })).code).toBe(0);
  expect(reportIn('cut')).toMatchObject({
    run: { interrupted: false, resumed: { repositories: 1 } },
    summary: { repositories: { 'IN-SYNC': 2, 'OUT-OF-SYNC': 0 } },
  });
});

it('after a site was lost reads again what was incomplete, and nothing else', async () => {
  pair.secondary.options.fault = ({ path }) =>
    /group\/r(0[3-5])\/tags/.test(path) ? { status: 403 } : undefined;
  const first = await scan(['--out', 'cut']);
  expect(first.code).toBe(2);
  expect(reportIn('cut').summary.repositories).toMatchObject({ INCOMPLETE: 3 });
  pair.secondary.options.fault = undefined;
  pair.secondary.requests.length = 0;
  const second = await scan(['--resume', 'cut']);
  expect(second.code).toBe(1);
  expect(reportIn('cut').summary.repositories).toMatchObject({ INCOMPLETE: 0, 'OUT-OF-SYNC': 12 });
  const lists = pair.secondary.requests.flatMap(
    ({ path }) => /\/v2\/(\S+)\/tags\/list/.exec(path)?.[1] ?? [],
  );
  expect([...new Set(lists)].sort()).toEqual(REPOSITORIES.slice(3, 6));
});

it('what cannot be gone on with costs one line and nothing else', async () => {
  await scan(['--out', 'done']);
  const journal = await scan(['--resume', 'done']);
  expect(journal).toMatchObject({ code: 3, stdout: '' });
  expect(journal.stderr).toMatch(/no scan-journal.ndjson is there/);
  expect((await scan(['--resume', 'nowhere'])).stderr).toMatch(/--resume nowhere: no such file or directory/);

  const when = hangingAt(REPOSITORIES[6] as string);
  await scan(['--out', 'cut', '--concurrency', '1'], { signal: { name: 'SIGKILL', when } });
  pair.secondary.options.fault = undefined;
  const other = await scan(['--resume', 'cut', '--narrow', 'all']);
  expect(other).toMatchObject({ code: 3, stdout: '' });
  expect(other.stderr).toMatch(/--narrow "auto".*--narrow "all"/);
  // It is still there for the right one.
  expect((await scan(['--resume', 'cut'])).code).toBe(1);
});

it('an earlier journal in the same directory is set aside, not overwritten', async () => {
  const when = hangingAt(REPOSITORIES[6] as string);
  await scan(['--out', 'cut', '--concurrency', '1'], { signal: { name: 'SIGKILL', when } });
  pair.secondary.options.fault = undefined;
  expect((await scan(['--out', 'cut'])).code).toBe(1);
  const aside = readdirSync(join(cwd, 'cut')).filter((name) => /^scan-journal-\d+\.ndjson$/.test(name));
  expect(aside).toHaveLength(1);

  const refused = await scan(['--resume', join('cut', aside[0] as string)]);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(/set aside, since a later scan wrote to the same directory/);
  mkdirSync(join(cwd, 'own'));
  copyFileSync(join(cwd, 'cut', aside[0] as string), join(cwd, 'own', 'scan-journal.ndjson'));
  expect((await scan(['--resume', 'own'])).code).toBe(1);
});

it('a run that comes to nothing leaves nothing behind', async () => {
  rmSync(join(cwd, 'reports'), { recursive: true, force: true });
  Object.assign(pair.primary.options, { flavour: 'distribution' });
  const refused = await scan(['--client-path', 'gitlab-v1']);
  expect(refused.code).toBe(3);
  expect(existsSync(join(cwd, 'reports')) ? readdirSync(join(cwd, 'reports')) : []).toEqual([]);
});

it('keeps what was read when the report cannot be written', async () => {
  mkdirSync(join(cwd, 'blocked', 'report.json'), { recursive: true });
  const failed = await scan(['--out', 'blocked']);
  expect(failed.code).toBe(2);
  expect(failed.stderr).toMatch(/could not write .*report\.json/);
  expect(failed.stderr).toContain('To go on with what is left: scan --resume blocked');
  rmSync(join(cwd, 'blocked', 'report.json'), { recursive: true });
  const before = asked();
  const resumed = await scan(['--resume', 'blocked']);
  expect(resumed.code).toBe(1);
  // Of the sites themselves it is asked what they are.
  expect(asked() - before).toBeLessThan(10);
  expect(reportIn('blocked').repositories).toHaveLength(REPOSITORIES.length);
});

it('leaves nothing behind of settings that cannot be used', async () => {
  const { code, stderr } = await scan(['--out', 'unused'], { env: { HTTP_PROXY: '::bad' } });
  expect(code).toBe(3);
  expect(stderr).toContain('HTTP_PROXY');
  expect(existsSync(join(cwd, 'unused'))).toBe(false);
});

it('after a fix there is nothing to go on with: what was read before it is another thing now', async () => {
  const last = REPOSITORIES.at(-1) as string;
  pair.secondary.options.fault = ({ path }) =>
    path.includes(`/${last}/tags/list`) ? { status: 502 } : undefined;
  const fixed = await scan(['--out', 'fixed', '--fix', '--yes', '--retries', '0']);
  expect(fixed).toMatchObject({ code: 2, stderr: expect.not.stringContaining('To go on') });
  expect(reportIn('fixed').fix?.actions.filter(({ outcome }) => outcome === 'done')).toHaveLength(11);
  expect(existsSync(join(cwd, 'fixed', 'scan-journal.ndjson'))).toBe(false);
  const again = await scan(['--resume', 'fixed']);
  expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('that a fix followed: scan anew') });
});

it('after a fix that a guard refused there is', async () => {
  const last = REPOSITORIES.at(-1) as string;
  pair.secondary.options.fault = ({ path }) =>
    path.includes(`/${last}/tags/list`) ? { status: 502 } : undefined;
  for (let at = 0; at < 30; at++) pair.put('secondary', `more${at}`, ociImage(`${at}`), REPOSITORIES[0]);
  const refused = await scan(['--out', 'refused', '--fix', '--yes', '--retries', '0', '--max-delete', '1']);
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('--resume refused') });
  expect(existsSync(join(cwd, 'refused', 'scan-journal.ndjson'))).toBe(true);
});
