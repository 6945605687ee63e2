import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

let registry: EmbeddedRegistry;
let cwd: string;
beforeEach(async () => {
  registry = await startEmbeddedRegistry();
  cwd = makeTempDir('snapshot');
  for (const path of ['group/a', 'group/b']) storeImage(registry.storage, path, ociImage('one'), 'v1');
});
afterEach(() => registry.close());

const take = (...args: string[]) =>
  runCli(['snapshot', '--url', registry.url, '--quiet', '--retries', '0', ...args], { cwd });

describe('a snapshot that is not whole says why, in a line each', () => {
  it('for a repository that is kept from us: exit 2', async () => {
    registry.options.fault = ({ path }) => (path.includes('group/a') ? { status: 403 } : undefined);
    const { code, stderr } = await take('group/a', 'group/b');
    expect(stderr).toMatch(/^INCOMPLETE group\/a: DENIED: could not [^\n]*\. Check the credential [^\n]*\n$/);
    expect(code).toBe(2);
  });

  it('for a site that lets nobody in: exit 4, once for all repositories', async () => {
    registry.options.fault = () => ({ status: 401 });
    const { code, stderr } = await take('group/a', 'group/a', 'group/b');
    expect(stderr).toContain('UNAUTHORIZED');
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).toContain('--primary-password-file');
    expect(code).toBe(4);
  });

  it('for a site that is not there: exit 2, once for both', async () => {
    const { code, stderr } = await runCli(
      ['snapshot', '--url', 'http://127.0.0.1:1', '--quiet', '--retries', '0', 'group/a', 'group/b'],
      { cwd },
    );
    expect(stderr).toMatch(/^INCOMPLETE 2 repositories: UNREACHABLE: [^\n]*\n$/);
    expect(code).toBe(2);
  });

  it('and nothing when all was read', async () => {
    expect(await take('group/a')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the file', () => {
  it('that nobody named is not written over, and nothing is asked for in vain', async () => {
    expect((await take('group/a')).code).toBe(0);
    const before = readFileSync(join(cwd, 'snapshot.json'), 'utf8');
    registry.requests.length = 0;
    const again = await take('group/b');
    expect(again).toMatchObject({ code: 3, stdout: '' });
    expect(again.stderr).toMatch(
      /^geo-registry-audit: snapshot\.json is there already\. Name the file by --out[^\n]*\n$/,
    );
    expect(readFileSync(join(cwd, 'snapshot.json'), 'utf8')).toBe(before);
    expect(registry.requests).toEqual([]);
  });

  it('that is named is written over', async () => {
    for (const path of ['group/a', 'group/b']) {
      expect((await take('--out', 'snapshot.json', path)).code).toBe(0);
      expect(readFileSync(join(cwd, 'snapshot.json'), 'utf8')).toContain(path);
    }
    expect(existsSync(join(cwd, 'reports'))).toBe(false);
  });

  it.each<[string, number, RegExp]>([
    ['audit', 3, /--out: audit is a directory, not a file\. Name a file in it\./],
    ['/', 3, /--out: \/ is a directory, not a file/],
    ['newdir/', 3, /--out: newdir\/ is a directory, not a file/],
    ['list.txt/primary.json', 3, /--out: list\.txt is a file, not a directory\./],
    ['list.txt/below/primary.json', 3, /--out: list\.txt is a file, not a directory\./],
    // Nobody can make a file there, root neither.
    ['/proc/primary.json', 2, /could not write \/proc\/primary\.json: [^\n]*\. Name a place with room/],
    ['/proc/nowhere/primary.json', 2, /could not write \/proc\/nowhere\/primary\.json: /],
  ])('%s cannot be written, which is said before the first request', async (out, exit, message) => {
    mkdirSync(join(cwd, 'audit'));
    writeFileSync(join(cwd, 'list.txt'), '');
    const { code, stdout, stderr } = await take('--out', out, 'group/a');
    expect({ code, stdout, requests: registry.requests }).toEqual({ code: exit, stdout: '', requests: [] });
    expect(stderr).toMatch(/^geo-registry-audit: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(readdirSync(cwd).sort()).toEqual(['audit', 'list.txt']);
  });

  it('may be in directories that are not there yet', async () => {
    expect((await take('--out', 'new/deep/primary.json.gz', 'group/a')).code).toBe(0);
    expect(readdirSync(cwd)).toEqual(['new']);
    expect(readdirSync(join(cwd, 'new', 'deep'))).toEqual(['primary.json.gz']);
  });

  it('is not what the configuration says of the reports: their directory', async () => {
    mkdirSync(join(cwd, 'audit'));
    writeFileSync(join(cwd, 'geo-registry-audit.yml'), 'out: audit\nformat: [json, html]\n');
    expect(await take('group/a')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(cwd, 'snapshot.json'), 'utf8')).toContain('group/a');
    expect(readdirSync(join(cwd, 'audit'))).toEqual([]);
  });
});
