import { test } from 'vitest';
import { conditions } from './environment.ts';
import { ourLine } from './our-command.ts';
import { interleave, median, ratio } from './rounds.ts';
import { runTool, type ToolLine } from './run-tool.ts';
import { writeSection } from './section.ts';
import { sizeOf } from './settings.ts';

/** Short runs are noisy ones, and cheap. */
const START_ROUNDS = sizeOf('BENCH_START_RUNS', 15);

test('start: --help beside an empty node', async () => {
  const here = conditions();
  const empty: ToolLine = { command: process.execPath, args: ['-e', '0'] };
  const contender = (name: string, line: ToolLine) => ({
    name,
    run: async () => (await runTool([line])).seconds,
  });
  const contenders = [
    contender('node -e 0', empty),
    contender('--help', ourLine(['--help'])),
    contender('scan --help', ourLine(['scan', '--help'])),
    contender('--version', ourLine(['--version'])),
  ];
  // Once without the clock: files come from the cache afterwards.
  for (const { run } of contenders) await run();
  const samples = await interleave(contenders, START_ROUNDS);
  const base = samples.get('node -e 0') ?? [];
  writeSection('start', {
    title: 'Start',
    conditions: here,
    rounds: START_ROUNDS,
    tables: [
      {
        caption: 'From the start of the process to its end',
        columns: ['command', 'seconds', '÷ `node -e 0`'],
        rows: [...samples].map(([name, seconds]) => [`\`${name}\``, median(seconds), ratio(seconds, base)]),
      },
    ],
    targets: [
      {
        text: '`--help` ÷ `node -e 0`',
        value: ratio(samples.get('--help') ?? [], base),
        atMost: 2,
        isGate: true,
      },
    ],
    notes: [],
    samples: Object.fromEntries(samples),
  });
});
