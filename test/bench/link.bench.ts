import { expect, test } from 'vitest';
import { conditions } from './environment.ts';
import {
  type HelperProcess,
  type NullRegistry,
  startDelayProxy,
  startNullRegistry,
  startPair,
} from './helper-process.ts';
import { runScanCommand } from './our-command.ts';
import { interleave, median, ratio } from './rounds.ts';
import { writeSection } from './section.ts';
import { sizeOf } from './settings.ts';

const TAGS = sizeOf('BENCH_LINK_TAGS', 20_000);
const ROUND_TRIP_MS = 50;
const WIDEST = 256;
const REPOSITORY = 'bench/null';
const DEFAULTS = 'scan';
const FIXED = `scan --concurrency ${WIDEST}`;

interface Sample {
  /** Of the whole process. */
  readonly seconds: number;
  /** HEADs per second of both sites in the second half of each site's, by the servers' clocks. */
  readonly rate: number;
  /** Of the site with more. */
  readonly connections: number;
}

test('link: defaults beside the widest fixed concurrency, over 50 ms', async () => {
  const here = conditions();
  const servers = await startPair(() => startNullRegistry({ tags: TAGS }));
  try {
    const lines = await startPair((site) => startDelayProxy(servers[site].url, ROUND_TRIP_MS));
    try {
      await measure(here, servers, lines);
    } finally {
      await Promise.all(lines.map((line) => line.stop()));
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

async function measure(
  here: ReturnType<typeof conditions>,
  servers: readonly [NullRegistry, NullRegistry],
  lines: readonly [HelperProcess, HelperProcess],
): Promise<void> {
  const run = async (more: readonly string[]): Promise<Sample> => {
    const { seconds, report } = await runScanCommand({ sites: lines, what: [REPOSITORY], more });
    expect(report.summary.tags.MATCH).toBe(TAGS);
    const counts = await Promise.all(servers.map((server) => server.take()));
    return {
      seconds,
      rate: counts.reduce((sum, { secondHalfRate }) => sum + (secondHalfRate ?? Number.NaN), 0),
      connections: Math.max(...counts.map(({ connections }) => connections)),
    };
  };
  const samples = await interleave<Sample>([
    { name: DEFAULTS, run: () => run([]) },
    { name: FIXED, run: () => run(['--concurrency', String(WIDEST)]) },
  ]);
  const of = (name: string, field: keyof Sample): number[] =>
    (samples.get(name) ?? []).map((sample) => sample[field]);
  writeSection('link', {
    title: `A link of ${ROUND_TRIP_MS} ms`,
    conditions: here,
    rounds: of(DEFAULTS, 'rate').length,
    tables: [
      {
        caption: `${TAGS} tags on both sites, each behind a line of ${ROUND_TRIP_MS} ms there and back`,
        columns: ['command', 'HEAD/s after the ramp', 'seconds', 'connections to one site'],
        rows: [...samples.keys()].map((name) => [
          `\`${name}\``,
          median(of(name, 'rate')),
          median(of(name, 'seconds')),
          Math.max(...of(name, 'connections')),
        ]),
      },
    ],
    targets: [
      {
        text: `link of ${ROUND_TRIP_MS} ms: defaults ÷ ${WIDEST} fixed in flight, HEAD/s after the ramp`,
        value: ratio(of(DEFAULTS, 'rate'), of(FIXED, 'rate')),
        atLeast: 0.9,
        isGate: true,
      },
      {
        text: 'connections of scan to one site',
        value: Math.max(...of(DEFAULTS, 'connections')),
        atMost: WIDEST,
      },
      {
        text: 'whole process, defaults ÷ fixed, in seconds',
        value: ratio(of(DEFAULTS, 'seconds'), of(FIXED, 'seconds')),
        atMost: 2,
      },
    ],
    notes: [
      `The line lets ${Math.round((2 * WIDEST * 1000) / ROUND_TRIP_MS)} HEAD/s through, both sites together. Less of the fixed run means that client, lines and servers, which share the machine, had no more time: then both runs are measured against that.`,
      'After the ramp: the second half of the manifests of each site, timed where the servers answer; both sites added.',
      `The servers are node:http with nothing to do; the line is a TCP proxy in a process of its own that hands on every piece ${ROUND_TRIP_MS / 2} ms later, in order, without a limit on bandwidth. Connecting costs no round trip.`,
    ],
    samples: Object.fromEntries(
      [...samples].flatMap(([name, runs]) => [
        [name, runs.map(({ seconds }) => seconds)],
        [`${name}, HEAD/s after the ramp`, runs.map(({ rate }) => rate)],
      ]),
    ),
  });
}
