import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonReporter } from '../../src/reporters/json.ts';
import { report, repository, tag } from '../reporters/fixtures.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { type EvilRegistry, startEvilRegistry } from './support/evil-registry.ts';
import { recordFigures } from './support/figures.ts';
import { LEGAL_NASTY, NASTY } from './support/nasty.ts';
import { IS_FULL } from './support/scale.ts';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const ALL = 'json,csv,table,html,markdown,junit,ndjson';
/** In `npm test` those that stand for a kind each. */
const SHORT = [
  'clear screen',
  'bidi override',
  'script',
  'header splitting',
  'encoded traversal',
  'a megabyte',
];

let evil: EvilRegistry;
let runs = 0;
let requests = 0;
beforeAll(async () => {
  evil = await startEvilRegistry(LEGAL_NASTY);
});
afterAll(async () => {
  await evil.close();
  recordFigures('injection-live', { runs, requests });
});

/** What is written and asked holds nothing that a terminal obeys, and nothing but requests below the registry. */
function expectClean(result: CliResult, expected: readonly number[]): void {
  runs++;
  for (const [name, output] of Object.entries({ stdout: result.stdout, stderr: result.stderr }))
    for (const line of output.replaceAll('\r\n', '\n').split('\n'))
      expect([name, UNSAFE.exec(line)?.[0], line.slice(0, 200)]).toEqual([
        name,
        undefined,
        line.slice(0, 200),
      ]);
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+|defect/m);
  expect(expected).toContain(result.code);
}

function expectCleanRequests(): void {
  expect(evil.heads.length).toBeGreaterThan(0);
  for (const [line = '', ...headers] of evil.heads.splice(0)) {
    requests++;
    expect(line).toMatch(/^(?:GET|HEAD|OPTIONS) \/(?:v2|gitlab\/v1)\/[\w./?=&:%-]* HTTP\/1\.1$/);
    expect(line).not.toMatch(/\/\.\.?(?:[/ ?]|$)|%2f|%5c|%00|%0[ad]|passwd|evil/i);
    for (const header of headers)
      expect(header).toMatch(/^(?:accept|accept-encoding|connection|host|user-agent): [ -~]*$/i);
  }
}

function expectCleanFiles(directory: string): void {
  const files = readdirSync(directory);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files)
    for (const line of readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').split('\n'))
      expect([file, UNSAFE.exec(line)?.[0]]).toEqual([file, undefined]);
}

const rows = Object.entries(NASTY).filter(([name]) => IS_FULL || SHORT.includes(name));

describe.each(rows)('a registry that says %s', (_, text) => {
  const sites = () => ['--primary-url', evil.url, '--secondary-url', evil.url];
  const quick = ['--settle', '0', '--retries', '0', '--timeout', '30'];
  const cwd = makeTempDir('cwd');

  it('gets no byte of it back, and no terminal obeys it', { timeout: 300_000 }, async () => {
    evil.text = text;
    const scan = ['scan', ...sites(), ...quick, '--log-level', 'trace', '--format', ALL, '--out', 'out'];
    expectClean(await runCli([...scan, 'group/app', 'unread/app'], { cwd, guard: 280_000 }), [2, 4]);
    expectCleanRequests();
    expectCleanFiles(join(cwd, 'out'));
    const { repositories } = JSON.parse(readFileSync(join(cwd, 'out', 'report.json'), 'utf8'));
    const names = repositories[0].tags.map(({ name }: { name: string }) => name);
    // Words of a megabyte are dropped, and without the registry's own words a 404 is no answer about the tag.
    expect(names).toEqual(text.length > 50_000 ? [] : expect.arrayContaining([...LEGAL_NASTY]));
    expectClean(
      await runCli(['scan', ...sites(), ...quick, '--all', '--verbose', '--out', 'all'], {
        cwd,
        guard: 280_000,
      }),
      // The catalog names a repository so, which none can be called: it is left unread.
      [2, 4],
    );
    expectCleanRequests();
    expectClean(await runCli(['plan', 'out/report.json', '--format', 'table'], { cwd, guard: 280_000 }), [0]);
    if (!IS_FULL) return;
    expectClean(await runCli(['doctor', ...sites(), 'group/app'], { cwd, guard: 280_000 }), [0, 1, 2, 4]);
    expectClean(
      await runCli(['inspect', ...sites(), 'group/app:constructor'], { cwd, guard: 280_000 }),
      [0, 1, 2, 4],
    );
    expectClean(
      await runCli(['snapshot', '--url', evil.url, '--out', 'snap', 'group/app'], { cwd, guard: 280_000 }),
      [0, 1, 2, 4],
    );
    expectCleanRequests();
  });

  it('stays text in what is read from files', { timeout: 300_000 }, async () => {
    const [named] = [tag(text, 'PRIMARY-ONLY', tagOf(text), { state: 'absent' }, 'PRIMARY-ONLY')];
    const value = report([repository(text, 'OUT-OF-SYNC', [named])]);
    writeFileSync(join(cwd, 'nasty.json'), [...jsonReporter(value)].join(''));
    expectClean(await runCli(['render', 'nasty.json'], { cwd, guard: 280_000 }), [0]);
    // No plan for names that no tag and no repository can have.
    expectClean(await runCli(['plan', 'nasty.json'], { cwd, guard: 280_000 }), [0, 3]);
    writeFileSync(
      join(cwd, 'log'),
      `${JSON.stringify({ level: 'error', msg: text, error: text })}\n${text}\n`,
    );
    expectClean(await runCli(['triage', 'log'], { cwd, guard: 280_000 }), [0, 1, 2, 3]);
    writeFileSync(join(cwd, 'tuples.json'), JSON.stringify([[text, null]]));
    expectClean(await runCli(['checksum', 'tuples.json'], { cwd, guard: 280_000 }), [0, 3]);
    expectClean(
      await runCli(
        [
          'scan',
          // A system takes no argument of a megabyte, nor one with a NUL.
          text.slice(0, 50_000).replaceAll('\0', ''),
          '--primary-url',
          text.slice(0, 100).replaceAll('\0', ''),
          '--secondary-url',
          'http://127.0.0.1:1',
        ],
        { cwd, guard: 280_000 },
      ),
      [3],
    );
  });
});

function tagOf(mediaType: string) {
  return {
    state: 'resolved' as const,
    digest: `sha256:${'1'.repeat(64)}`,
    mediaType,
    narrow: null,
  };
}
