import { createHash } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '../../../src/errors.ts';
import { inputsOf, readCorpus } from './fuzz-inputs.ts';
import { FUZZ_TARGETS, type FuzzRun, type FuzzTarget } from './fuzz-targets.ts';

/*
 * The process in which targets are fuzzed, so that a crash or a hang is seen from outside:
 * `fuzz-child <target,…> <seed> <milliseconds each> <corpus> <directory> [<input>]`. With an input it runs that one
 * alone. Prints a line of JSON: for each target what it did and what it found.
 */

/** Something that must not be. */
export interface Find {
  readonly kind: 'crash' | 'hang' | 'memory';
  readonly what: string;
  /** The file that the input was saved in. */
  readonly input: string;
}

/** What a child prints of each target. */
export interface FuzzOutcome {
  readonly inputs: number;
  readonly slowestMs: number;
  readonly refused: number;
  readonly finds: Find[];
}

const LONGEST_MS = 1000;
const MOST_HEAP = 100 * 1024 * 1024;
const MOST_RSS = 1024 * 1024 * 1024;
const MOST_FINDS = 5;

const [names = '', seed = '1', milliseconds = '0', corpus = '', directory = '', single] =
  process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const progress = openSync(join(directory, single === undefined ? 'progress' : 'progress-alone'), 'w');
const outcomes: Record<string, FuzzOutcome> = {};
let finds = new Map<string, Find>();
let inputs = 0;
let refused = 0;
let slowestMs = 0;
for (const name of names.split(',')) {
  const target = FUZZ_TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  finds = new Map();
  inputs = refused = slowestMs = 0;
  const run = await target.open(directory);
  await (single === undefined ? fuzz(target, run) : probe(run, readFileSync(single)));
  await run.close?.();
  outcomes[name] = { inputs, slowestMs: Math.round(slowestMs), refused, finds: [...finds.values()] };
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`);

async function fuzz({ name, largest }: FuzzTarget, run: FuzzRun): Promise<void> {
  const entries = readCorpus(join(corpus, name));
  const until = performance.now() + Number(milliseconds);
  for (const input of entries) await probe(run, input);
  let baseline = 0;
  for (let batch = 0; finds.size < MOST_FINDS; batch++) {
    let index = 0;
    for (const input of inputsOf(entries, Number(seed), batch, largest)) {
      // For whoever has to kill this process: which input it was.
      const at = `${name} ${batch} ${index++}`;
      writeSync(progress, at.padEnd(60), 0);
      await probe(run, input);
      if (performance.now() > until) return;
    }
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    if (baseline === 0) baseline = heapUsed;
    if (heapUsed > baseline + MOST_HEAP || rss > MOST_RSS)
      found(
        'memory',
        `batch ${batch}: heap ${heapUsed}, at first ${baseline}, resident ${rss}`,
        Buffer.alloc(0),
      );
  }
}

async function probe(on: FuzzRun, input: Buffer): Promise<void> {
  inputs++;
  const took = await timed(on, input);
  slowestMs = Math.max(slowestMs, took);
  // Others use this machine too: what is slow must be slow each time, by its own work.
  if (took > LONGEST_MS) {
    const again = Math.min(await timed(on, input), await timed(on, input));
    if (again > LONGEST_MS) found('hang', `${Math.round(again)} ms`, input);
  }
}

/** Milliseconds of processor time. */
async function timed(on: FuzzRun, input: Buffer): Promise<number> {
  const before = process.cpuUsage();
  try {
    await on.run(input);
  } catch (error) {
    if (error instanceof AuditError) refused++;
    else found('crash', error instanceof Error ? (error.stack ?? error.message) : String(error), input);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function found(kind: Find['kind'], what: string, input: Buffer): void {
  const key = `${kind} ${kind === 'hang' ? '' : what.replace(/\d+/g, '').slice(0, 300)}`;
  if (finds.has(key)) return;
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = join(directory, `${kind}-${hash}`);
  writeFileSync(file, input);
  finds.set(key, { kind, what: what.slice(0, 1500), input: file });
}
