import { expect, test } from 'vitest';
import { conditions, TOOLS } from './environment.ts';
import { type Counts, requestsIn, startCountingProxy, startPair } from './helper-process.ts';
import { runScanCommand } from './our-command.ts';
import { ROUNDS, ratio, say } from './rounds.ts';
import { type Reader, readers } from './scan-peers.ts';
import { LOAD_NOTES, loadTargets, measureRounds, type ScanRounds } from './scan-rounds.ts';
import { INDEXES, PLAIN, type ScanSites, startScanSites } from './scan-sites.ts';
import { type Section, type Target, writeSection } from './section.ts';

/** Most connections to a site: of the defaults, and of the run where it is fixed. */
const WIDEST = 256;
const FIXED = 16;
/** Gates lie close to what is reached, and processors shared with strangers are a tenth faster or slower by the minute. */
const SCAN_ROUNDS = 2 * ROUNDS - 1;

test('scan: beside load generators, skopeo, regctl and crane', async () => {
  const here = conditions();
  const sites = await startScanSites();
  try {
    const peers = readers(sites);
    const measured = await measureRounds(sites, peers, SCAN_ROUNDS);
    const counted = [
      await countRequests(sites, PLAIN, []),
      await countRequests(sites, INDEXES, []),
      await countRequests(sites, PLAIN, ['--concurrency', String(FIXED)]),
    ] as const;
    writeSection('scan', sectionOf(here, peers, measured, counted));
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
  peers: readonly Reader[],
  measured: ScanRounds,
  counted: readonly [plain: Counted, indexes: Counted, fixed: Counted],
): Section {
  return {
    title: 'Scanning two real registries',
    conditions: here,
    rounds: measured.rounds,
    tables: [
      measured.table(),
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
    targets: [
      ...loadTargets(measured, 'real registries', true),
      ...peerTargets(measured),
      ...exactTargets(counted),
    ],
    notes: [
      ...LOAD_NOTES,
      'Registries and clients share all processors here, so what a client takes is taken from the registries.',
      `Peers with a process per tag read ${peers.find(({ kind }) => kind !== 'load')?.tags ?? 0} of the tags; their rate is taken to hold for all.`,
      'Connections and requests are from runs of their own, through proxies that count.',
      ...Object.entries(TOOLS).flatMap(([tool, path]) => (path === null ? [`${tool}: not on PATH.`] : [])),
    ],
    samples: measured.samples(),
  };
}

function peerTargets(measured: ScanRounds): Target[] {
  const gate = (text: string, kind: Reader['kind'], atLeast: number): Target => ({
    text: `real registries: tags/s of scan ÷ ${text}`,
    value: ratio(
      measured.ours(),
      measured.best((peer) => peer.kind === kind),
    ),
    atLeast,
    isGate: true,
  });
  return [gate('skopeo', 'skopeo', 10), gate('best of regctl and crane', 'regctl or crane', 3)];
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
