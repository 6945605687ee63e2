import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { jsonReporter } from '../../src/reporters/json.ts';
import { image, index, report, repository, tag } from '../reporters/fixtures.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const cwd = makeTempDir('diff');
const write = (name: string, value: Report) =>
  writeFileSync(join(cwd, name), [...jsonReporter(value)].join(''));
const diff = (...args: string[]) => runCli(['diff', ...args], { cwd });

/** The demo's report, and what it is once every tag of the secondary is as the primary's. */
async function demoBeforeAndAfter(): Promise<void> {
  const { stdout } = await runCli(['demo', '--format', 'json', '--out', '-'], { cwd });
  const before = JSON.parse(stdout) as Report;
  const after = report(
    before.repositories.map((one) =>
      repository(
        one.path,
        'IN-SYNC',
        one.tags
          .filter(({ primary }) => primary.state === 'resolved')
          .map(({ name }) => tag(name, 'MATCH', index(name), index(name), 'MATCH')),
      ),
    ),
    { sites: before.sites },
  );
  write('before.json', before);
  write('after.json', after);
  write('unread.json', report(before.repositories.map(({ path }) => repository(path, 'INCOMPLETE', []))));
}

describe('diff', () => {
  beforeAll(demoBeforeAndAfter);

  it('of the demo before and after a fix reads as a success note', async () => {
    const { code, stdout, stderr } = await diff('before.json', 'after.json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /: [1-9]\d* tags fixed, 0 new, 0 still different\. Everything that was read is in sync now\.\n$/,
    );
    expect(stdout).toContain('OUT-OF-SYNC -> IN-SYNC');
    expect(stdout).not.toMatch(/worse|new difference|not read/);
  });

  it.each([
    ['before.json', 'before.json', 0],
    ['after.json', 'before.json', 1],
    ['before.json', 'unread.json', 1],
    ['unread.json', 'unread.json', 0],
    ['unread.json', 'after.json', 0],
  ])('from %s to %s exits with %i in every format', async (before, after, expected) => {
    for (const format of ['table', 'json', 'markdown']) {
      const { code, stdout, stderr } = await diff(before, after, '--format', format);
      expect({ format, code, stderr }).toEqual({ format, code: expected, stderr: '' });
      expect(stdout).not.toBe('');
    }
  });

  it('calls nothing fixed that was not read', async () => {
    const { stdout } = await diff('before.json', 'unread.json', '--format', 'json');
    const { totals, worse } = JSON.parse(stdout) as { totals: Record<string, number>; worse: boolean };
    expect(totals).toMatchObject({ fixed: 0, new: 0, still: 0, changed: 0 });
    expect(totals.unread).toBeGreaterThan(0);
    expect(worse).toBe(true);
  });

  it('is a table whatever formats the configuration says of the reports', async () => {
    writeFileSync(join(cwd, 'audit.yml'), 'format: [json, html]\n');
    const plain = await diff('before.json', 'after.json');
    expect(await diff('before.json', 'after.json', '--config', 'audit.yml')).toEqual(plain);
    expect(plain.code).toBe(0);
  });

  it('takes one report from standard input, not both', async () => {
    const [text] = [
      [
        ...jsonReporter(
          report([repository('g/p', 'IN-SYNC', [tag('a', 'MATCH', image('a'), image('a'), 'MATCH')])]),
        ),
      ].join(''),
    ];
    expect((await runCli(['diff', '-', 'before.json'], { cwd, stdin: text })).code).toBe(1);
    expect((await runCli(['diff', '-', '-'], { cwd, stdin: text })).code).toBe(3);
  });

  it.each([
    [['before.json'], /^geo-registry-audit: [^\n]*\n$/],
    [['before.json', 'none.json'], /^geo-registry-audit: cannot read none\.json: there is no such file\.\n$/],
    [
      ['before.json', 'after.json', '--format', 'html'],
      /^geo-registry-audit: --format: expected one of table, json, markdown, got "html"\.\n$/,
    ],
    [['-', 'before.json'], /^geo-registry-audit: standard input is not a report: it is empty\.\n$/],
  ])('refuses %j in one line, exit 3', async (args, message) => {
    const { code, stderr, stdout } = await diff(...args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
