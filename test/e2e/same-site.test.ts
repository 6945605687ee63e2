import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { type Pair, startPair } from '../audit/support/scan-embedded.ts';
import { PATH } from '../audit/support/snapshots.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

describe('one registry given for both sides', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
    pair.put('both', 'v1', ociImage('one'));
  });
  afterAll(() => pair?.close());

  const sites = (secondary: string) => ['--primary-url', pair.primary.url, '--secondary-url', secondary];

  it('is said by scan and inspect in one line, quiet or not', async () => {
    const same = sites(`${pair.primary.url}/`);
    const warning = `Warning: --primary-url and --secondary-url are one registry (${pair.primary.url}): compared with itself it is always in sync.\n`;
    const args = ['--quiet', '--format', 'json', '--out', '-', '--settle', '0'];
    expect(await runCli(['scan', ...same, ...args, PATH])).toMatchObject({ code: 0, stderr: warning });
    expect(await runCli(['inspect', ...same, `${PATH}:v1`])).toMatchObject({ code: 0, stderr: warning });
  });

  it('is said by compare of two snapshots of it, and of one given twice', async () => {
    const cwd = makeTempDir('same');
    for (const side of ['primary', 'secondary'])
      await runCli(['snapshot', `--${side}-url`, pair.primary.url, '--out', `${side}.json`, PATH], { cwd });
    await runCli(['snapshot', '--url', `${pair.primary.url}/`, '--out', 'either.json', PATH], { cwd });
    const stderr = `Warning: both snapshots are of one registry (${pair.primary.url}): compared with itself it is always in sync.\n`;
    for (const files of [
      ['primary.json', 'secondary.json'],
      ['either.json', 'either.json'],
    ])
      expect(await runCli(['compare', ...files, '--format', 'json', '--out', '-'], { cwd })).toMatchObject({
        code: 0,
        stderr,
      });
  });

  it('is a warning of doctor, which is no failure', async () => {
    const { code, stdout } = await runCli(['doctor', ...sites(pair.primary.url)]);
    expect(stdout).toMatch(/^warn +two registries +both URLs are of one registry/m);
    expect(code).toBe(0);
  });

  it('is not said of two', async () => {
    const two = sites(pair.secondary.url);
    expect(await runCli(['inspect', ...two, `${PATH}:v1`])).toMatchObject({ code: 0, stderr: '' });
    expect((await runCli(['doctor', ...two])).stdout).toMatch(/^ok +two registries /m);
  });
});
