import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, startDemo } from '../../src/demo/start-demo.ts';
import { reportDigest } from '../../src/report/canonical.ts';
import type { Report } from '../../src/report/report.ts';
import { jsonReporter } from '../../src/reporters/json.ts';
import { report } from '../reporters/fixtures.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const cwd = makeTempDir('merge');
const JSON_OUT = ['--format', 'json', '--out', '-'];

describe('merge', () => {
  let demo: Demo;
  let whole: Report;

  const scan = async (file: string, ...paths: string[]) => {
    const { stdout } = await runCli(
      [
        'scan',
        '--primary-url',
        demo.primary.url,
        '--secondary-url',
        demo.secondary.url,
        '--settle',
        '0',
        ...JSON_OUT,
        ...paths,
      ],
      { cwd },
    );
    writeFileSync(join(cwd, file), stdout);
    return JSON.parse(stdout) as Report;
  };

  beforeAll(async () => {
    demo = await startDemo();
    const [first = '', ...others] = demo.repositories;
    whole = await scan('whole.json', ...demo.repositories, 'unknown/to-both');
    await scan('one.json', ...others);
    await scan('two.json', 'unknown/to-both', first);
    const strangers = report([]);
    writeFileSync(join(cwd, 'strangers.json'), [...jsonReporter(strangers)].join(''));
    writeFileSync(
      join(cwd, 'newer.json'),
      readFileSync(join(cwd, 'one.json'), 'utf8').replace('"schemaVersion": 1', '"schemaVersion": 2'),
    );
  });
  afterAll(() => demo.close());

  it('of shards gives what one run gives, errors included', async () => {
    const { code, stdout, stderr } = await runCli(['merge', 'one.json', 'two.json', ...JSON_OUT], { cwd });
    const merged = JSON.parse(stdout) as Report;
    expect(JSON.stringify(merged.repositories)).toBe(JSON.stringify(whole.repositories));
    expect(merged.summary).toEqual(whole.summary);
    expect(merged.sites).toEqual(whole.sites);
    expect(merged.reportDigest).toBe(reportDigest(merged));
    expect(merged.run).toMatchObject({
      command: 'merge',
      options: { 'client-path': 'docker-v2', shards: [expect.any(String), expect.any(String)] },
    });
    expect(merged.repositories.some(({ errors }) => errors.length > 0)).toBe(true);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  });

  it('gives the same whatever the order, and can be merged and rendered again', async () => {
    const { stdout } = await runCli(['merge', 'two.json', 'one.json', ...JSON_OUT], { cwd });
    expect((JSON.parse(stdout) as Report).repositories).toEqual(whole.repositories);
    writeFileSync(join(cwd, 'merged.json'), stdout);
    const again = await runCli(['merge', 'merged.json', ...JSON_OUT], { cwd });
    expect((JSON.parse(again.stdout) as Report).repositories).toEqual(whole.repositories);
    expect((await runCli(['render', '-'], { cwd, stdin: again.stdout })).code).toBe(0);
  });

  it.each([
    [['one.json', 'whole.json'], /is in one\.json and in whole\.json: shards must not overlap/],
    [['one.json', 'one.json'], /is in one\.json and in one\.json: shards must not overlap/],
    [
      ['one.json', 'strangers.json'],
      /strangers\.json has the primary https:\/\/primary\.example\.com:5050, one\.json has \S+: not shards of one audit/,
    ],
    [['one.json', 'newer.json'], /newer\.json has schemaVersion 2; this release reads up to 1/],
    [['-', '-'], /merge does not take - among its arguments\. Standard input has the name \/dev\/stdin\./],
    [[], /./],
  ])('refuses %j in one line, exit 3', async (files, message) => {
    const { code, stdout, stderr } = await runCli(['merge', ...files, ...JSON_OUT], { cwd });
    expect(stderr).toMatch(/^geo-registry-audit: [^\n]*\n$/);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });
});
