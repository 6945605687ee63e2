import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leashed } from '../support/child-process.ts';
import { recordFigures } from './support/figures.ts';
import type { Find, FuzzOutcome } from './support/fuzz-child.ts';
import { BATCH, inputsOf, readCorpus } from './support/fuzz-inputs.ts';
import { FUZZ_TARGETS } from './support/fuzz-targets.ts';
import { IS_FULL } from './support/scale.ts';

const root = join(import.meta.dirname, '..', '..');
const BUILD = join(root, '.test-output', 'fuzz-build');
const FOUND = join(root, '.test-output', 'fuzz');
const CORPUS = join(import.meta.dirname, 'corpus');
/** Seconds over all targets; the long form takes the hour that the promise is about. */
const SECONDS = Number(process.env.HOSTILE_FUZZ_SECONDS ?? (IS_FULL ? 3600 : 5));
/** Another seed, other inputs. The short form has one for good, so that it fails for a change of the code alone. */
const SEED = Number(process.env.HOSTILE_SEED ?? (IS_FULL ? Date.now() % 1_000_000 : 1));
/** Without a step forward for so long, a child hangs: on whatever input it is then. */
const STUCK_MS = 30_000;

/** The long form has a process for each target, the short one a process for all: starting takes longer than a share. */
const GROUPS = IS_FULL ? FUZZ_TARGETS.map((target) => [target]) : [FUZZ_TARGETS];

const totals = { inputs: 0, refused: 0, crashes: 0, hangs: 0, memory: 0, slowestMs: 0 };
const inputsByTarget: Record<string, number> = {};
const started = performance.now();

beforeAll(() => {
  rmSync(BUILD, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const build = spawnSync(process.execPath, [tsc, '-p', join('test', 'hostile', 'tsconfig.fuzz.json')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (build.status !== 0) throw new Error(`the child does not build:\n${build.stdout}${build.stderr}`);
});

afterAll(() => {
  recordFigures('fuzz', {
    ...totals,
    seconds: Math.round((performance.now() - started) / 1000),
    seed: SEED,
    targets: FUZZ_TARGETS.length,
    inputsByTarget,
  });
});

it.each(GROUPS.map((group) => [group.map(({ name }) => name).join(','), group] as const))(
  '%s: refuses or reads, within a second, in bounded memory',
  async (names, group) => {
    const outcomes = await fuzz(names);
    for (const { name } of group) {
      const { finds, inputs, refused, slowestMs } = outcomes[name] ?? NOT_REACHED;
      totals.inputs += inputs;
      totals.refused += refused;
      totals.slowestMs = Math.max(totals.slowestMs, slowestMs);
      totals.crashes += finds.filter(({ kind }) => kind === 'crash').length;
      totals.hangs += finds.filter(({ kind }) => kind === 'hang').length;
      totals.memory += finds.filter(({ kind }) => kind === 'memory').length;
      inputsByTarget[name] = inputs;
    }
    const words = Object.entries(outcomes).flatMap(([name, { finds }]) => finds.map(wordsFor(name)));
    expect(words.join('\n\n')).toBe('');
    expect(Object.keys(outcomes)).toEqual(group.map(({ name }) => name));
  },
);

const NOT_REACHED: FuzzOutcome = { inputs: 0, refused: 0, slowestMs: 0, finds: [] };

/** Fuzzes in a process of its own, which may die or hang; then only the target is told that it was at. */
async function fuzz(names: string): Promise<Record<string, FuzzOutcome>> {
  const directory = join(FOUND, names.includes(',') ? 'all' : names);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const milliseconds = (1000 * SECONDS) / FUZZ_TARGETS.length;
  const ended = await runChild([names, String(SEED), String(milliseconds), CORPUS, directory], directory);
  if (ended.outcomes !== null) return ended.outcomes;
  // It died or was killed: the input it was at is made again, and tried alone.
  const [name = '', batch = '0', index = '0'] = progressIn(directory).trim().split(/\s+/);
  const target = FUZZ_TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`the process ended before its first input: ${ended.how}`);
  const drawn = [...inputsOf(readCorpus(join(CORPUS, name)), SEED, Number(batch), target.largest)];
  const input = join(directory, `died-${batch}-${index}`);
  writeFileSync(input, drawn[Number(index)] ?? '');
  const alone = await runChild([name, '1', '0', CORPUS, directory, input], directory);
  const inputs = Number(batch) * BATCH + Number(index);
  const found = alone.outcomes?.[name]?.finds ?? [];
  const find = (kind: Find['kind'], what: string): Find[] => [{ kind, what, input }];
  if (alone.outcomes === null)
    found.push(...find(alone.how === 'stuck' ? 'hang' : 'crash', `the process ended: ${alone.how}`));
  else if (found.length === 0)
    found.push(...find('crash', `the process ended (${ended.how}) there, and alone the input does nothing`));
  return { [name]: { ...NOT_REACHED, inputs, finds: found } };
}

async function runChild(
  args: readonly string[],
  directory: string,
): Promise<{ outcomes: Record<string, FuzzOutcome> | null; how: string }> {
  const script = join(BUILD, 'test', 'hostile', 'support', 'fuzz-child.js');
  const line = leashed(process.execPath, ['--expose-gc', '--max-old-space-size=400', script, ...args]);
  const child = spawn(line.command, line.args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  let isStuck = false;
  let before = '';
  let waited = 0;
  const watch = setInterval(() => {
    const now = progressIn(directory);
    // A process that is starved while it starts has not begun; it gets longer.
    waited = now === before ? waited + 1 : 0;
    if (waited >= (now === '' || now === 'none' ? 10 : 1)) {
      isStuck = true;
      child.kill('SIGKILL');
    }
    before = now;
  }, STUCK_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watch);
  const outcomes = code === 0 ? (JSON.parse(stdout) as Record<string, FuzzOutcome>) : null;
  return { outcomes, how: isStuck ? 'stuck' : `code ${code}: ${stderr}` };
}

function progressIn(directory: string): string {
  try {
    return readFileSync(join(directory, 'progress'), 'utf8');
  } catch {
    return 'none';
  }
}

function wordsFor(name: string) {
  return ({ kind, what, input }: Find) => `${name}, seed ${SEED}: ${kind} on ${input}\n${what}`;
}
