import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { reportSchema, type Site } from '../../src/report/report.ts';
import { type Pair, startPair } from '../audit/support/scan-embedded.ts';
import { runCli } from '../support/run-cli.ts';

const FIRST = 'a/first';
const SECOND = 'b/second';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
});
afterEach(() => pair.close());

/** Resolves when that site is asked for something of that kind; what is asked for never gets an answer. */
function hangingOn(what: (path: string) => boolean, site: Site = 'secondary'): Promise<void> {
  return new Promise((resolve) => {
    pair[site].options.fault = ({ path }) => {
      if (!what(path)) return undefined;
      resolve();
      return 'hang';
    };
  });
}

const urls = () => ['--primary-url', pair.primary.url, '--secondary-url', pair.secondary.url];
const reportIn = (directory: string) =>
  reportSchema().parse(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')));

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s in the middle: 130, and what was read so far is in the report',
  async (name) => {
    for (const path of [FIRST, SECOND])
      for (let i = 0; i < 5; i++) pair.put('both', `v${i}`, ociImage(`v${i}`), path);
    // One request at a time: whoever asks for the next tag has read those before it.
    const when = Promise.all([
      hangingOn((path) => path.includes(`${SECOND}/manifests/v4`), 'primary'),
      hangingOn((path) => path.includes(`${SECOND}/manifests/v3`), 'secondary'),
    ]);
    const result = await runCli(
      ['scan', ...urls(), '--settle', '0', '--concurrency', '1', '--out', 'out', FIRST, SECOND],
      {
        signal: { name, when },
      },
    );
    expect(result).toMatchObject({ code: 130, signal: null });
    expect(result.stderr).toMatch(/^\nInterrupted: [^\n]*\nWrote [^\n]*\nTo go on [^\n]*\n$/);
    const report = reportIn(join(result.cwd, 'out'));
    expect(report.run.interrupted).toBe(true);
    expect(report.summary.verdict).toBe('INCOMPLETE');
    const [first, second] = report.repositories;
    expect(first).toMatchObject({ path: FIRST, verdict: 'IN-SYNC', counts: { MATCH: 5 } });
    expect(second).toMatchObject({ path: SECOND, verdict: 'INCOMPLETE' });
    expect(second?.errors).toMatchObject([
      { site: 'primary', code: 'INTERRUPTED', tags: ['v4'] },
      { site: 'secondary', code: 'INTERRUPTED', tags: ['v3', 'v4'] },
    ]);
    expect(second?.tags.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'v0 MATCH',
      'v1 MATCH',
      'v2 MATCH',
    ]);
    expect(result.stdout).toMatch(/interrupted/i);
  },
);

it('at the first contact: 130, and nothing is known', async () => {
  pair.put('both', 'v1', ociImage('v1'), FIRST);
  const when = hangingOn((path) => path === '/v2/');
  const result = await runCli(['scan', ...urls(), '--out', 'out', FIRST], {
    signal: { name: 'SIGINT', when },
  });
  expect(result.code).toBe(130);
  expect(reportIn(join(result.cwd, 'out'))).toMatchObject({
    run: { interrupted: true },
    repositories: [{ verdict: 'INCOMPLETE', tags: [] }],
  });
});

it('in the settle pause: 130 at once, with the first reading', async () => {
  pair.put('primary', 'v1', ociImage('v1'), FIRST);
  pair.put('both', 'v1', ociImage('v1'), SECOND);
  // The second repository is listed while the first waits for its pause to end.
  const when = hangingOn((path) => path.includes(`${SECOND}/tags/list`));
  const result = await runCli(['scan', ...urls(), '--settle', '3600', '--out', 'out', FIRST, SECOND], {
    signal: { name: 'SIGINT', when },
  });
  expect(result.code).toBe(130);
  const [first] = reportIn(join(result.cwd, 'out')).repositories;
  expect(first).toMatchObject({
    path: FIRST,
    verdict: 'OUT-OF-SYNC',
    counts: { 'PRIMARY-ONLY': 1 },
    errors: [],
  });
});

it('to standard output: still nothing but JSON', async () => {
  pair.put('both', 'v1', ociImage('v1'), FIRST);
  const when = hangingOn((path) => path.includes('/manifests/'));
  const result = await runCli(['scan', ...urls(), '--out', '-', '--format', 'json', FIRST], {
    signal: { name: 'SIGINT', when },
  });
  expect(result.code).toBe(130);
  expect(reportSchema().parse(JSON.parse(result.stdout)).run.interrupted).toBe(true);
  expect(readdirSync(result.cwd)).toEqual([]);
});
