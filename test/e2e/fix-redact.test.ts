import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { siteArgs } from '../support/fix-run.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'planted-group/planted-project';
const PLANTED = /planted|127\.0\.0\.1/i;
const MAP = 'geo-registry-audit-redaction.json';

let pair: FixPair;
let cwd: string;

beforeEach(async () => {
  cwd = makeTempDir('fix-redact');
  pair = await startFixPair();
  pair.put('both', PATH, 'planted-same', ociImage('same'));
  pair.put('primary', PATH, 'planted-new', ociImage('new'));
  pair.put('secondary', PATH, 'planted-orphan', ociImage('orphan'));
});
afterEach(() => pair.close());

const run = (command: readonly string[], ...more: string[]) =>
  runCli([...command, ...siteArgs(pair), '--retries', '0', '--redact', ...more], { cwd });
const FIX = ['scan', '--fix', '--settle', '0', PATH];
const mapping = () =>
  (JSON.parse(readFileSync(join(cwd, MAP), 'utf8')) as { names: Record<string, string> }).names;
/** The names behind the tokens of a kind in a text, each once, sorted. */
const namesIn = (text: string, kind: 'repository' | 'tag') => {
  const tokens = new Set(text.match(new RegExp(`\\b${kind}-[0-9a-f]{12}\\b`, 'g')));
  return [...tokens].map((token) => mapping()[token]).sort();
};

it.each([
  ['on standard output', ['--out', 'out'], 'stdout'],
  ['beside JSON on standard output', ['--format', 'json', '--out', '-'], 'stderr'],
] as const)('a dry run shows its actions by the tokens of the report: %s', async (_, out, stream) => {
  const result = await run(FIX, '--dry-run', ...out);
  expect(result.code).toBe(1);
  expect(result.stdout.match(PLANTED)?.[0]).toBeUndefined();
  expect(result.stderr.match(PLANTED)?.[0]).toBeUndefined();
  const actions = result[stream].slice(result[stream].indexOf('action '));
  expect(actions).toMatch(
    /copy +repository-[0-9a-f]{12} +tag-[0-9a-f]{12} +skipped +dry run: would be copied/,
  );
  expect(namesIn(actions, 'repository')).toEqual([PATH]);
  expect(namesIn(actions, 'tag')).toEqual(['planted-new', 'planted-orphan']);
});

it('an action of a tag that the report does not have any more has its token in the mapping', async () => {
  await makePlan();
  pair.secondary.storage.repositories.get(PATH)?.tags.delete('planted-orphan');
  const { stdout } = await run(['apply', 'plan.json'], '--dry-run', '--out', 'out');
  expect(stdout.match(PLANTED)?.[0]).toBeUndefined();
  expect(namesIn(stdout.slice(stdout.indexOf('action ')), 'tag')).toEqual(['planted-new', 'planted-orphan']);
});

/** A plan of the pair's drift, made without tokens. */
async function makePlan(): Promise<void> {
  await runCli(['scan', ...siteArgs(pair), '--settle', '0', '--out', 'before', PATH], { cwd });
  await runCli(['plan', 'before/report.json', '--out', 'plan.json'], { cwd });
}

it('what was done is told by tokens when the report cannot be written', async () => {
  mkdirSync(join(cwd, 'out', 'report.json'), { recursive: true });
  await makePlan();
  const { code, stdout, stderr } = await run(['apply', 'plan.json'], '--yes', '--out', 'out');
  expect(code).not.toBe(0);
  expect(Object.keys(pair.links(PATH)).sort()).toEqual(['planted-new', 'planted-same']);
  expect(stderr).toMatch(/copy +repository-[0-9a-f]{12} +tag-[0-9a-f]{12} +done/);
  expect(stderr).toMatch(/delete +repository-[0-9a-f]{12} +tag-[0-9a-f]{12} +done/);
  expect(`${stdout}${stderr}`.match(PLANTED)?.[0]).toBeUndefined();
});

it('a mapping that cannot be read is told before anything is written', async () => {
  await makePlan();
  writeFileSync(join(cwd, MAP), 'not a mapping');
  const { code, stdout, stderr } = await run(['apply', 'plan.json'], '--yes', '--out', 'out');
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/--redaction-map: .* is not a mapping that this tool wrote/);
  expect(Object.keys(pair.links(PATH)).sort()).toEqual(['planted-orphan', 'planted-same']);
});
