import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { shardOf } from '../../src/core/shard.ts';
import { ociImage } from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { type Pair, startPair } from '../audit/support/scan-embedded.ts';
import { siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

// Several processes a test, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });

const DIFFERS = 'group/differs';
const REFUSED = 'group/refused';
const LATER = 'other/later';

let pair: Pair;
let cwd: string;
beforeEach(async () => {
  pair = await startPair();
  cwd = makeTempDir('selection');
  pair.put('primary', 'v1', ociImage('v1'), DIFFERS);
  for (const path of [REFUSED, LATER]) pair.put('both', 'v1', ociImage('v1'), path);
  refuse(REFUSED);
});
afterEach(() => pair.close());

const scan = (...args: string[]) => runCli(['scan', ...siteArgs(pair), '--settle', '0', ...args], { cwd });
const reportIn = (directory: string): Report =>
  reportSchema().parse(JSON.parse(readFileSync(join(cwd, directory, 'report.json'), 'utf8')));
const verdicts = () => reportIn('cut').repositories.map(({ path, verdict }) => `${path} ${verdict}`);

/** What the secondary refuses is left for a run that goes on. */
function refuse(refused: string): void {
  pair.secondary.options.fault = ({ path }) =>
    path.includes(`/${refused}/tags`) ? { status: 403 } : undefined;
}

it('leaves out what this command does not select, and keeps it for one that does', async () => {
  expect((await scan('--out', 'cut', DIFFERS, REFUSED)).code).toBe(2);
  const still = await scan('--resume', 'cut', '--quiet', REFUSED);
  expect(still.code).toBe(2);
  expect(still.stderr).not.toContain('Left out');
  expect(verdicts()).toEqual([`${REFUSED} INCOMPLETE`]);

  pair.primary.requests.length = 0;
  expect((await scan('--resume', 'cut', DIFFERS, REFUSED)).code).toBe(2);
  expect(verdicts()).toEqual([`${DIFFERS} OUT-OF-SYNC`, `${REFUSED} INCOMPLETE`]);
  expect(pair.primary.requests.filter(({ path }) => path.includes(DIFFERS))).toEqual([]);

  pair.secondary.options.fault = undefined;
  const other = await scan('--resume', 'cut', REFUSED, LATER);
  expect(other.code).toBe(0);
  expect(other.stderr).toContain(
    'Left out of the report: 1 repository of scan-journal.ndjson that this command does not select\n',
  );
  expect(verdicts()).toEqual([`${REFUSED} IN-SYNC`, `${LATER} IN-SYNC`]);
  expect(reportIn('cut').run.resumed?.repositories).toBe(0);
  expect(existsSync(join(cwd, 'cut', 'scan-journal.ndjson'))).toBe(false);
});

it('is refused where the selection makes --shard-by auto another split', async () => {
  const all = Array.from({ length: 9 }, (_, at) => `group/r${at}`);
  for (const path of all) pair.put('both', 'v1', ociImage('v1'), path);
  const left = all.filter((path) => shardOf(path, 2) === 1).at(-1) ?? '';
  refuse(left);
  expect((await scan('--shard', '1/2', '--out', 'cut', ...all)).code).toBe(2);
  expect(reportIn('cut').run.shard?.by).toBe('repository');
  const byTag = await scan('--shard', '1/2', '--resume', 'cut', left);
  expect(byTag).toMatchObject({ code: 3, stdout: '' });
  expect(byTag.stderr).toMatch(/--shard-by "repository", and this one has --shard-by "tag"/);
  // As the message says.
  expect((await scan('--shard', '1/2', '--shard-by', 'repository', '--resume', 'cut', left)).code).toBe(2);
});

it('takes a --geo-registry by what it says', async () => {
  const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  write('geo.csv', `path,state\n${DIFFERS},synced\n${REFUSED},failed\n`);
  const args = [DIFFERS, REFUSED];
  expect((await scan('--geo-registry', 'geo.csv', '--out', 'cut', ...args)).code).toBe(2);
  write('geo.csv', `path,state\n${DIFFERS},failed\n${REFUSED},failed\n`);
  const other = await scan('--geo-registry', 'geo.csv', '--resume', 'cut', ...args);
  expect(other).toMatchObject({ code: 3, stdout: '' });
  expect(other.stderr).toMatch(
    /is of a scan with --geo-registry "content sha256:\w+", and this one has --geo-registry "content sha256:/,
  );
  write(
    'same.json',
    JSON.stringify([
      { state: 'failed', path: REFUSED },
      { state: 'synced', path: DIFFERS },
    ]),
  );
  expect((await scan('--geo-registry', 'same.json', '--resume', 'cut', ...args)).code).toBe(2);
});
