import { join } from 'node:path';
import { expect, test } from 'vitest';
import { conditions } from './environment.ts';
import { type HelperProcess, startNullRegistry, startPair } from './helper-process.ts';
import { NGINX, startNullNginx } from './null-nginx.ts';
import { runScanCommand } from './our-command.ts';
import { interleave, median, ratio, say } from './rounds.ts';
import { runTool } from './run-tool.ts';
import { writeSection } from './section.ts';
import { sizeOf } from './settings.ts';

const TAGS = sizeOf('BENCH_NULL_TAGS', 200_000);
/** Of the bare client, per server: from 8 on it is as fast as it gets. */
const IN_FLIGHT = 16;
/** Of scan, which may open so many and no more. */
const POOL = 256;
const REPOSITORY = 'bench/null';
const BARE = 'undici Pool.dispatch';

interface Sample {
  /** Of the whole process. */
  readonly seconds: number;
  /** Of the requests alone. */
  readonly requestSeconds: number;
  readonly cpuSeconds: number | null;
}

test('null: scan beside undici itself, on registries with nothing to do', async () => {
  const here = conditions();
  const servers = await startPair<HelperProcess>(() =>
    NGINX === null ? startNullRegistry({ tags: TAGS }) : startNullNginx(NGINX, TAGS),
  );
  try {
    await measure(here, servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

/** What a scan opens and sends, counted on servers that count, which is too much to be timed with. */
async function countScan(): Promise<{ connections: number; perTag: number }> {
  say('counting');
  const servers = await startPair(() => startNullRegistry({ tags: TAGS }));
  try {
    await runScanCommand({ sites: servers, what: [REPOSITORY] });
    const counts = await Promise.all(servers.map((server) => server.take()));
    return {
      connections: Math.max(...counts.map(({ connections }) => connections)),
      perTag: Math.max(...counts.map(({ requests }) => requests.HEAD ?? 0)) / TAGS,
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function measure(
  here: ReturnType<typeof conditions>,
  servers: readonly [HelperProcess, HelperProcess],
): Promise<void> {
  const urls = servers.map(({ url }) => `${url}/v2/${REPOSITORY}/manifests/v1.00000000`);
  const script = join(import.meta.dirname, 'bare-dispatch.js');
  const samples = await interleave<Sample>([
    {
      name: BARE,
      run: async () => {
        const args = [script, String(TAGS), String(IN_FLIGHT), ...urls];
        const { seconds, cpuSeconds, outputs } = await runTool([{ command: process.execPath, args }]);
        return { seconds, cpuSeconds, requestSeconds: Number(outputs[0]) };
      },
    },
    {
      name: 'scan',
      run: async () => {
        const run = await runScanCommand({ sites: servers, what: [REPOSITORY] });
        expect(run.report.summary.tags.MATCH).toBe(TAGS);
        return { seconds: run.seconds, cpuSeconds: run.cpuSeconds, requestSeconds: run.readingSeconds };
      },
    },
  ]);
  const { connections, perTag } = await countScan();
  const rate = (seconds: number): number => (2 * TAGS) / seconds;
  const of = (name: string, field: 'seconds' | 'requestSeconds'): number[] =>
    (samples.get(name) ?? []).map((sample) => sample[field]);
  const base = of(BARE, 'requestSeconds');
  writeSection('null', {
    title: 'Null registry',
    conditions: here,
    rounds: base.length,
    tables: [
      {
        caption: `${TAGS} tags on both of two servers in processes of their own (${NGINX === null ? 'node:http' : 'nginx'})`,
        columns: [
          ...['client', 'HEAD/s, whole process', 'HEAD/s, reading alone', 'CPU seconds'],
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
        text: 'null registry: scan, start and reports included ÷ bare dispatch, requests per second',
        value: ratio(base, of('scan', 'seconds')),
        atLeast: 0.6,
        isGate: true,
      },
      { text: 'connections of scan to one site', value: connections, atMost: POOL },
      {
        text: 'HEADs of scan per tag and site',
        value: perTag,
        atMost: 1.02,
      },
    ],
    notes: [
      `The bare client has ${IN_FLIGHT} requests in flight per server and its clock starts with its first request; scan runs with its defaults.`,
      'Connections and HEADs are from a run of their own, against servers of node:http that count.',
    ],
    samples: Object.fromEntries(
      [...samples].map(([name, runs]) => [name, runs.map(({ seconds }) => seconds)]),
    ),
  });
  // Exact whatever the machine does, so this one is a gate.
  expect(connections).toBeLessThanOrEqual(POOL);
}
