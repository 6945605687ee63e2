import { expect, test } from 'vitest';
import { conditions, TOOLS } from './environment.ts';
import { type Counts, requestsIn, startCountingProxy, startPair } from './helper-process.ts';
import { runScanCommand } from './our-command.ts';
import { interleave, median, ROUNDS, ratio, say } from './rounds.ts';
import { type Reader, readers } from './scan-peers.ts';
import { INDEXES, PLAIN, type ScanSites, startScanSites } from './scan-sites.ts';
import { type Section, type Target, writeSection } from './section.ts';

/** Most connections to a site: of the defaults, and of the run where it is fixed. */
const WIDEST = 256;
const FIXED = 16;
const OURS = 'scan';
/** Gates lie close to what is reached, and processors shared with strangers are a tenth faster or slower by the minute. */
const SCAN_ROUNDS = 2 * ROUNDS - 1;

interface Sample {
  /** Of the whole process: start, tag lists, HEADs, comparison, reports. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  /** Of the reading alone; the same as `seconds` for the peers. */
  readonly readingSeconds: number;
}

type Samples = ReadonlyMap<string, readonly Sample[]>;

test('scan: beside load generators, skopeo, regctl and crane', async () => {
  const here = conditions();
  const sites = await startScanSites();
  try {
    const peers = readers(sites);
    const samples = await measure(sites, peers);
    const counted = [
      await countRequests(sites, PLAIN, []),
      await countRequests(sites, INDEXES, []),
      await countRequests(sites, PLAIN, ['--concurrency', String(FIXED)]),
    ] as const;
    writeSection('scan', sectionOf(here, sites, peers, samples, counted));
    const [plain, indexes, fixed] = counted;
    // Exact whatever the machine does, so these are gates.
    expect(Math.max(connections(plain), connections(indexes))).toBeLessThanOrEqual(WIDEST);
    expect(connections(fixed)).toBeLessThanOrEqual(FIXED);
    expect(perTag(plain)).toBeLessThanOrEqual(1.02);
    expect(perTag(indexes)).toBeLessThanOrEqual(2.02);
  } finally {
    await sites.stop();
  }
});

async function measure(sites: ScanSites, peers: readonly Reader[]): Promise<Samples> {
  const task = { sites: [sites.primary, sites.secondary] as const, what: [PLAIN] };
  // The first reading of all fills the page cache, for whoever comes first.
  await runScanCommand(task);
  const contenders = [
    {
      name: OURS,
      run: async () => {
        const run = await runScanCommand(task);
        const total = sites.tags.length;
        expect(run.report.summary.tags).toMatchObject({ total, MATCH: total });
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
  ];
  return interleave<Sample>(contenders, SCAN_ROUNDS);
}

interface Counted {
  readonly name: string;
  readonly tags: number;
  readonly sites: readonly Counts[];
}

/** One more run, through proxies that count: they cost speed, so nothing is timed here. */
async function countRequests(
  sites: ScanSites,
  repository: string,
  more: readonly string[],
): Promise<Counted> {
  const name = [repository, ...more].join(' ');
  say(`counting: ${name}`);
  const proxies = await startPair((at) =>
    startCountingProxy(at === 0 ? sites.primary.url : sites.secondary.url),
  );
  try {
    const { report } = await runScanCommand({ sites: proxies, what: [repository], more });
    const counts = await Promise.all(proxies.map((proxy) => proxy.take()));
    return { name, tags: report.summary.tags.total, sites: counts };
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}

function perTag({ sites, tags }: Counted): number {
  return Math.max(...sites.map(requestsIn)) / tags;
}

function connections({ sites }: Counted): number {
  return Math.max(...sites.map((site) => site.connections));
}

function sectionOf(
  here: Section['conditions'],
  { tags }: ScanSites,
  peers: readonly Reader[],
  samples: Samples,
  counted: readonly [plain: Counted, indexes: Counted, fixed: Counted],
): Section {
  const tagsOf = (name: string): number => peers.find((peer) => peer.name === name)?.tags ?? tags.length;
  const rates = (name: string, field: 'seconds' | 'readingSeconds' = 'seconds'): number[] =>
    (samples.get(name) ?? []).map((sample) => tagsOf(name) / sample[field]);
  return {
    title: 'Scanning two real registries',
    conditions: here,
    rounds: samples.get(OURS)?.length ?? 0,
    tables: [
      {
        caption: `${tags.length} equal tags on two Distribution registries; digests of both sites`,
        columns: [
          ...['command', 'tags/s', 'HEAD/s, both sites', 'scan ÷ this', 'CPU ms per tag'],
          'tags asked for',
        ],
        rows: [...samples].map(([name, runs]) => [
          `\`${name}\``,
          median(rates(name)),
          2 * median(rates(name, 'readingSeconds')),
          ratio(rates(OURS), rates(name)),
          (1000 * median(runs.map(({ cpuSeconds }) => cpuSeconds ?? Number.NaN))) / tagsOf(name),
          tagsOf(name),
        ]),
      },
      {
        caption: 'What scan sends, per site',
        columns: [
          ...['repository', 'connections opened', 'most in flight', 'requests', 'tags'],
          'requests per tag',
        ],
        rows: counted.map((one) => [
          one.name,
          connections(one),
          Math.max(...one.sites.map((site) => site.mostInFlight)),
          Math.max(...one.sites.map(requestsIn)),
          one.tags,
          perTag(one),
        ]),
      },
    ],
    targets: [...speedTargets(peers, rates), ...exactTargets(counted)],
    notes: [
      'curl and ab send HEADs and nothing else; ab asks for one tag again and again, which is the registry at its best. The best load generator is the one with the highest median.',
      "HEAD/s of scan are those of its reading, by the report's `run`: tag lists, HEADs and the comparison, without the start of the process and the writing; tags/s are of the whole process.",
      `Peers with a process per tag read ${peers.find(({ kind }) => kind !== 'load')?.tags ?? 0} of the tags; their rate is taken to hold for all.`,
      'Of half of the tags scan asks whether they lead where the other site says (`If-None-Match`), which is less work for a registry than what curl and ab ask. The 10,000 tags are on 50 images; of tags with a manifest each it would ask all in full.',
      'Connections and requests are from runs of their own, through proxies that count.',
      ...Object.entries(TOOLS).flatMap(([tool, path]) => (path === null ? [`${tool}: not on PATH.`] : [])),
    ],
    samples: Object.fromEntries(
      [...samples].flatMap(([name, runs]) => [
        [name, runs.map(({ seconds }) => seconds)],
        ...(name === OURS ? [[`${name}, reading`, runs.map(({ readingSeconds }) => readingSeconds)]] : []),
      ]),
    ),
  };
}

function speedTargets(
  peers: readonly Reader[],
  rates: (name: string, field?: 'seconds' | 'readingSeconds') => number[],
): Target[] {
  const best = (isMeant: (peer: Reader) => boolean): number[] => {
    const found = peers.filter(isMeant).map(({ name }) => rates(name));
    return found.sort((a, b) => median(b) - median(a))[0] ?? [];
  };
  const load = best(({ kind }) => kind === 'load');
  const curl = best(({ name }) => name.startsWith('curl'));
  const ours = rates(OURS);
  const gate = (text: string, theirs: readonly number[], atLeast: number): Target => ({
    text: `real registries: ${text}`,
    value: ratio(ours, theirs),
    atLeast,
    isGate: true,
  });
  return [
    {
      text: 'real registries: HEAD/s of scan ÷ best load generator',
      value: ratio(rates(OURS, 'readingSeconds'), load),
      atLeast: 0.9,
      isGate: true,
    },
    {
      text: 'the same with the start of the process and the writing of reports',
      value: ratio(ours, load),
      atLeast: 0.9,
    },
    {
      text: 'HEAD/s of scan ÷ curl, the load generator that asks for the same tags',
      value: ratio(rates(OURS, 'readingSeconds'), curl),
      atLeast: 0.9,
    },
    gate(
      'tags/s of scan ÷ skopeo',
      best(({ kind }) => kind === 'skopeo'),
      10,
    ),
    gate(
      'tags/s of scan ÷ best of regctl and crane',
      best(({ kind }) => kind === 'regctl or crane'),
      3,
    ),
    gate('tags/s of scan ÷ curl', curl, 1),
  ];
}

function exactTargets([plain, indexes, fixed]: readonly [Counted, Counted, Counted]): Target[] {
  const exact = (text: string, value: number, atMost: number): Target => ({
    text,
    value,
    atMost,
    isGate: true,
  });
  return [
    exact(
      'connections opened to one site, defaults',
      Math.max(connections(plain), connections(indexes)),
      WIDEST,
    ),
    exact(`connections opened to one site, --concurrency ${FIXED}`, connections(fixed), FIXED),
    exact('requests per tag and site, no indexes', perTag(plain), 1.02),
    exact('requests per tag and site, indexes only', perTag(indexes), 2.02),
  ];
}
