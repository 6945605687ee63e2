import { join } from 'node:path';
import { expect, test } from 'vitest';
import { conditions } from './environment.ts';
import { type HelperProcess, startCountingProxy, startHelper } from './helper-process.ts';
import { runScanCommand } from './our-command.ts';
import { interleave, median, ratio, say } from './rounds.ts';
import { runTool } from './run-tool.ts';
import { writeSection } from './section.ts';

/** `BENCH_NULL_TAGS=200000` is what issue 7 asks for. */
const TAGS = Number(process.env.BENCH_NULL_TAGS ?? 50_000);
const IN_FLIGHT = 16;
const REPOSITORY = 'bench/null';

interface Sample {
  /** Of the whole process. */
  readonly seconds: number;
  /** Of the requests alone. */
  readonly requestSeconds: number;
  readonly cpuSeconds: number | null;
}

test('null: scan beside undici itself, on registries with nothing to do', async () => {
  const here = conditions();
  const servers = await Promise.all([0, 1].map(() => startHelper('null-registry.js', String(TAGS))));
  try {
    await measure(here, servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

async function measure(
  here: ReturnType<typeof conditions>,
  servers: readonly HelperProcess[],
): Promise<void> {
  const [primary = '', secondary = ''] = servers.map(({ url }) => url);
  const urls = [primary, secondary].map((url) => `${url}/v2/${REPOSITORY}/manifests/v1.00000000`);
  const script = join(import.meta.dirname, 'bare-dispatch.js');
  const samples = await interleave<Sample>([
    {
      name: 'undici Pool.dispatch',
      run: async () => {
        const args = [script, String(TAGS), String(IN_FLIGHT), ...urls];
        const { seconds, cpuSeconds, outputs } = await runTool([{ command: process.execPath, args }]);
        return { seconds, cpuSeconds, requestSeconds: Number(outputs[0]) };
      },
    },
    {
      name: 'scan',
      run: async () => {
        const { seconds, cpuSeconds, readingSeconds, report } = await runScanCommand(primary, secondary, [
          REPOSITORY,
        ]);
        expect(report.summary.tags.MATCH).toBe(TAGS);
        return { seconds, cpuSeconds, requestSeconds: readingSeconds };
      },
    },
  ]);
  say('connections');
  const proxies = await Promise.all(servers.map(({ url }) => startCountingProxy(url)));
  const [left, right] = proxies;
  if (left === undefined || right === undefined) throw new Error('no proxies');
  await runScanCommand(left.url, right.url, [REPOSITORY]);
  const counts = await Promise.all(proxies.map((proxy) => proxy.take()));
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  const connections = Math.max(...counts.map((count) => count.connections));

  const rate = (seconds: number): number => (2 * TAGS) / seconds;
  const of = (name: string, field: 'seconds' | 'requestSeconds'): number[] =>
    (samples.get(name) ?? []).map((sample) => sample[field]);
  const base = of('undici Pool.dispatch', 'requestSeconds');
  writeSection('null', {
    title: 'Null registry',
    conditions: here,
    rounds: base.length,
    tables: [
      {
        caption: `Two node:http servers in processes of their own, ${TAGS} tags each, ${IN_FLIGHT} requests in flight per server`,
        columns: [
          'client',
          'HEAD/s, whole process',
          'HEAD/s, reading alone',
          'CPU seconds',
          'reading ÷ dispatch',
        ],
        rows: [...samples].map(([name, runs]) => [
          `\`${name}\``,
          median(runs.map(({ seconds }) => rate(seconds))),
          median(runs.map(({ requestSeconds }) => rate(requestSeconds))),
          median(runs.map(({ cpuSeconds }) => cpuSeconds ?? Number.NaN)),
          ratio(base, of(name, 'requestSeconds')),
        ]),
      },
    ],
    targets: [
      {
        text: 'scan, start and reports included ÷ dispatch',
        value: ratio(base, of('scan', 'seconds')),
        atLeast: 0.6,
      },
      { text: `connections of scan to one site`, value: connections, atMost: IN_FLIGHT },
    ],
    notes: [],
    samples: Object.fromEntries(
      [...samples].map(([name, runs]) => [name, runs.map(({ seconds }) => seconds)]),
    ),
  });
  // Exact whatever the machine does, so this one is a gate.
  expect(connections).toBeLessThanOrEqual(IN_FLIGHT);
}
