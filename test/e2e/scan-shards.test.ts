import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Demo, startDemo } from '../../src/demo/start-demo.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

// Several processes a test, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });

const cwd = makeTempDir('shards');
let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo.close());

const sites = () => ['--primary-url', demo.primary.url, '--secondary-url', demo.secondary.url];

async function scan(...args: string[]): Promise<Report> {
  const flags = ['--settle', '0', '--format', 'json', '--out', '-'];
  const { stdout, stderr } = await runCli(
    ['scan', ...sites(), ...flags, ...demo.repositories, 'un/known', ...args],
    { cwd },
  );
  expect(stderr).toBe('');
  return reportSchema().parse(JSON.parse(stdout));
}

/** Runs all shards as processes of their own, at once, and merges their reports in another order. */
async function sharded(count: number, ...args: string[]): Promise<{ merged: Report; shards: Report[] }> {
  const shards = await Promise.all(
    Array.from({ length: count }, (_, at) => scan('--shard', `${at + 1}/${count}`, ...args)),
  );
  const files = shards.map((report, at) => {
    writeFileSync(join(cwd, `shard-${at + 1}.json`), JSON.stringify(report));
    return `shard-${at + 1}.json`;
  });
  const { stdout, stderr } = await runCli(['merge', ...files.reverse(), '--format', 'json', '--out', '-'], {
    cwd,
  });
  expect(stderr).toBe('');
  return { merged: reportSchema().parse(JSON.parse(stdout)), shards };
}

it.each([
  ['repository', 2, 'docker-v2', 'auto'],
  ['tag', 3, 'docker-v2', 'all'],
  ['auto', 5, 'gitlab-v1', 'auto'],
] as const)(
  'split by %s, %d processes give what one gives, byte for byte',
  async (by, count, clientPath, narrow) => {
    const how = ['--client-path', clientPath, '--narrow', narrow];
    const whole = await scan(...how);
    const { merged, shards } = await sharded(count, '--shard-by', by, ...how);
    expect(JSON.stringify(merged.repositories)).toBe(JSON.stringify(whole.repositories));
    expect(merged.summary).toEqual(whole.summary);
    expect(merged.run.shard).toBeUndefined();
    for (const [at, shard] of shards.entries()) {
      expect(shard.run.shard).toEqual({
        index: at + 1,
        count,
        by: by === 'repository' ? 'repository' : 'tag',
      });
      // A part has no checksum of the whole, and no verdict on what it did not read.
      if (by === 'repository') continue;
      for (const { checksums } of shard.repositories) expect(checksums.wide.primary).toBeNull();
    }
    const read = shards.reduce((sum, { summary }) => sum + summary.tags.total, 0);
    expect(read).toBe(whole.summary.tags.total);
  },
);

it('a shard that is missing is refused, whichever way the work was split', async () => {
  for (const by of ['repository', 'tag']) {
    const shards = await Promise.all([1, 3].map((index) => scan('--shard', `${index}/3`, '--shard-by', by)));
    for (const [at, report] of shards.entries())
      writeFileSync(join(cwd, `part-${at}.json`), JSON.stringify(report));
    const result = await runCli(['merge', 'part-0.json', 'part-1.json'], { cwd });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(/shard 2 of 3 is missing/);
  }
});

it('a part by tag is not redacted, since a checksum of tokens would be joined from it', async () => {
  await sharded(2, '--shard-by', 'tag');
  const result = await runCli(['render', 'shard-1.json', '--redact', '--out', 'redacted'], { cwd });
  expect(result).toMatchObject({ code: 3, stdout: '' });
  expect(result.stderr).toMatch(/--redact: this report is a part by tag.* merge/);
});

it('an error of one shard is in the merged report, and what the others read stays', async () => {
  const whole = await scan();
  demo.secondary.options.fault = ({ path: asked }) =>
    asked.endsWith('/manifests/2.0.0') ? { status: 403 } : undefined;
  try {
    const broken = await scan();
    const { merged } = await sharded(3, '--shard-by', 'tag');
    expect(merged.summary.verdict).toBe('INCOMPLETE');
    const told = (report: Report) =>
      report.repositories.map(({ path: name, verdict, errors, counts }) => ({
        name,
        verdict,
        errors,
        counts,
      }));
    expect(told(merged)).toEqual(told(broken));
    expect(merged.summary.tags.total).toBe(whole.summary.tags.total - 1);
    // What the healthy site answered for that tag is in no shard's report: no sum of it, rather than another one.
    const sums = (report: Report) =>
      report.repositories.flatMap(({ path: name, checksums }) =>
        Object.entries(checksums).flatMap(([profile, { primary, secondary }]) => [
          { name, profile, site: 'primary', sum: primary },
          { name, profile, site: 'secondary', sum: secondary },
        ]),
      );
    const ofOneRun = sums(broken);
    const differing = sums(merged).filter(({ sum }, at) => sum !== ofOneRun[at]?.sum);
    expect(differing).not.toEqual([]);
    for (const { sum } of differing) expect(sum).toBeNull();
    expect(new Set(differing.map(({ name }) => name)).size).toBe(1);
  } finally {
    demo.secondary.options.fault = undefined;
  }
});

it.each([
  [['--shard', '0/3'], /--shard 0\/3: expected I\/N/],
  [['--shard', '4/3'], /--shard 4\/3: expected I\/N/],
  [['--shard', 'x'], /--shard x: expected I\/N/],
  [['--shard-by', 'tag'], /--shard-by needs --shard/],
  [['--shard', '1/2', '--fix'], /--shard and --fix/],
  [['--shard', '1/99', '--include', 'v'], /--shard by tag and a filter/],
  [['--shard', '1/99', '--redact'], /--shard by tag and --redact/],
])('%j is refused in one line', async (args, words) => {
  const result = await runCli(['scan', ...sites(), ...demo.repositories, ...args], { cwd });
  expect(result).toMatchObject({ code: 3, stdout: '' });
  expect(result.stderr.split('\n')[0]).toMatch(words);
});
