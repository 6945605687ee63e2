// `npm run bench [-- SECTION ...]`: runs the named sections, or all, and writes reports/bench/.
// BENCH=copy,scan does the same. BENCH_RUNS is the number of rounds; docs/performance.md names the other switches.
import { join } from 'node:path';
import { startVitest } from 'vitest/node';

const sections = ['copy', 'scan', 'apart', 'null', 'link', 'v1', 'memory', 'resume', 'start'];
const named = [...process.argv.slice(2), ...(process.env.BENCH ?? '').split(',')].filter(Boolean);
const unknown = named.filter((name) => !sections.includes(name));

if (unknown.length > 0) {
  process.stderr.write(`bench: no section ${unknown.join(', ')}; there are ${sections.join(', ')}\n`);
  process.exitCode = 3;
} else {
  const chosen = named.length === 0 ? sections : sections.filter((name) => named.includes(name));
  const vitest = await startVitest('test', [], {
    root: join(import.meta.dirname, '..', '..'),
    config: false,
    watch: false,
    include: chosen.map((name) => `test/bench/${name}.bench.ts`),
    reporters: ['verbose'],
    globalSetup: ['test/bench/global-setup.ts'],
    pool: 'forks',
    // One after the other: two measurements at a time measure each other.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  });
  await vitest.close();
  process.stdout.write(`results: ${process.env.BENCH_OUT || 'reports/bench'}/bench.md and bench.json\n`);
}
