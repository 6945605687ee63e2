import { expect, test } from 'vitest';
import { conditions, TOOLS } from './environment.ts';
import { type Counts, requestsIn, startCountingProxy } from './helper-process.ts';
import { runScanCommand } from './our-command.ts';
import { interleave, median, ratio, say } from './rounds.ts';
import { type Reader, readers } from './scan-peers.ts';
import { INDEXES, PLAIN, type ScanSites, startScanSites } from './scan-sites.ts';
import { type Target, writeSection } from './section.ts';

/** The command's own default, per site. */
const CONCURRENCY = 16;
const OURS = 'scan';

interface Sample {
  /** Of the whole process: start, tag lists, HEADs, comparison, reports. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  /** Of the reading alone; the same as `seconds` for the peers. */
  readonly readingSeconds: number;
}

test('scan: beside load generators, skopeo, regctl and crane', async () => {
  const here = conditions();
  const sites = await startScanSites();
  try {
    await measure(here, sites);
  } finally {
    await sites.stop();
  }
});

async function measure(here: ReturnType<typeof conditions>, sites: ScanSites): Promise<void> {
  const { primary, secondary, tags } = sites;
  const peers = readers(sites);
  // The first reading of all fills the page cache, for whoever comes first.
  await runScanCommand(primary.url, secondary.url, [PLAIN]);
  const samples = await interleave<Sample>([
    {
      name: OURS,
      run: async () => {
        const run = await runScanCommand(primary.url, secondary.url, [PLAIN]);
        expect(run.report.summary.tags).toMatchObject({ total: tags.length, MATCH: tags.length });
        return run;
      },
    },
    ...peers.map(({ name, run }) => ({
      name,
      run: async () => {
        const { seconds, cpuSeconds } = await run();
        return { seconds, cpuSeconds, readingSeconds: seconds };
      },
    })),
  ]);
  const plain = await countRequests(sites, PLAIN);
  const indexes = await countRequests(sites, INDEXES);

  const tagsOf = (name: string): number => peers.find((peer) => peer.name === name)?.tags ?? tags.length;
  const rates = (name: string, field: 'seconds' | 'readingSeconds' = 'seconds'): number[] =>
    (samples.get(name) ?? []).map((sample) => tagsOf(name) / sample[field]);
  const connections = Math.max(...[...plain.sites, ...indexes.sites].map((site) => site.connections));
  writeSection('scan', {
    title: 'Scanning two real registries',
    conditions: here,
    rounds: samples.get(OURS)?.length ?? 0,
    tables: [
      {
        caption: `${tags.length} equal tags on two Distribution registries; digests of both sites`,
        columns: ['command', 'tags/s, both sites', 'scan ÷ this', 'CPU ms per tag', 'tags asked for'],
        rows: [...samples].map(([name, runs]) => [
          `\`${name}\``,
          median(rates(name)),
          ratio(rates(OURS), rates(name)),
          (1000 * median(runs.map(({ cpuSeconds }) => cpuSeconds ?? Number.NaN))) / tagsOf(name),
          tagsOf(name),
        ]),
      },
      {
        caption: 'What scan sends, per site',
        columns: ['repository', 'connections', 'requests', 'tags', 'requests per tag'],
        rows: [plain, indexes].map((counted) => [
          counted.name,
          Math.max(...counted.sites.map((site) => site.connections)),
          Math.max(...counted.sites.map(requestsIn)),
          counted.tags,
          perTag(counted),
        ]),
      },
    ],
    targets: targetsOf(peers, rates, { plain: perTag(plain), indexes: perTag(indexes), connections }),
    notes: [
      'curl and ab send HEADs and nothing else; ab asks for one tag again and again, which is the registry at its best.',
      'Of scan, the reading alone leaves out the start of the process and the writing of reports (`run` in the report).',
      `Peers with a process per tag read ${peers.find((peer) => !peer.isLoadGenerator)?.tags ?? 0} of the tags; their rate is taken to hold for all.`,
      ...Object.entries(TOOLS).flatMap(([tool, path]) => (path === null ? [`${tool}: not on PATH.`] : [])),
    ],
    samples: Object.fromEntries(
      [...samples].map(([name, runs]) => [name, runs.map(({ seconds }) => seconds)]),
    ),
  });
  // Exact whatever the machine does, so these are gates.
  expect(connections).toBeLessThanOrEqual(CONCURRENCY);
  expect(perTag(plain)).toBeLessThanOrEqual(1.02);
  expect(perTag(indexes)).toBeLessThanOrEqual(2.02);
}

interface Counted {
  readonly name: string;
  readonly tags: number;
  readonly sites: readonly Counts[];
}

async function countRequests(sites: ScanSites, repository: string): Promise<Counted> {
  say(`counting: ${repository}`);
  const [left, right] = await Promise.all([
    startCountingProxy(sites.primary.url),
    startCountingProxy(sites.secondary.url),
  ]);
  try {
    const { report } = await runScanCommand(left.url, right.url, [repository]);
    return {
      name: repository,
      tags: report.summary.tags.total,
      sites: [await left.take(), await right.take()],
    };
  } finally {
    await Promise.all([left.stop(), right.stop()]);
  }
}

function perTag({ sites, tags }: Counted): number {
  return Math.max(...sites.map(requestsIn)) / tags;
}

function targetsOf(
  peers: readonly Reader[],
  rates: (name: string, field?: 'seconds' | 'readingSeconds') => number[],
  exact: { readonly plain: number; readonly indexes: number; readonly connections: number },
): Target[] {
  const best = (prefixes: readonly string[]): number[] => {
    const found = peers.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
    return found.map(({ name }) => rates(name)).sort((a, b) => median(b) - median(a))[0] ?? [];
  };
  const ours = rates(OURS);
  const load = best(['curl', 'ab']);
  return [
    {
      text: 'scan, start and reports included ÷ best load generator',
      value: ratio(ours, load),
      atLeast: 0.9,
    },
    {
      text: 'scan, reading alone ÷ best load generator',
      value: ratio(rates(OURS, 'readingSeconds'), load),
      atLeast: 0.9,
    },
    { text: 'scan ÷ curl', value: ratio(ours, best(['curl'])), atLeast: 1 },
    { text: 'scan ÷ skopeo', value: ratio(ours, best(['skopeo'])), atLeast: 10 },
    { text: 'scan ÷ best of regctl and crane', value: ratio(ours, best(['regctl', 'crane'])), atLeast: 3 },
    { text: 'connections to one site', value: exact.connections, atMost: CONCURRENCY },
    { text: 'requests per tag and site, no indexes', value: exact.plain, atMost: 1.02 },
    { text: 'requests per tag and site, indexes only', value: exact.indexes, atMost: 2.02 },
  ];
}
