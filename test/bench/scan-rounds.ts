import { expect } from 'vitest';
import { runScanCommand } from './our-command.ts';
import { interleave, median, ratio } from './rounds.ts';
import type { Reader } from './scan-peers.ts';
import { PLAIN, type ScanSites } from './scan-sites.ts';
import type { Table, Target } from './section.ts';

const OURS = 'scan';

interface Sample {
  /** Of the whole process: start, tag lists, HEADs, comparison, reports. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  /** Of the reading alone; the same as `seconds` for the peers. */
  readonly readingSeconds: number;
}

/** What scan and its peers took to read the same tags. */
export interface ScanRounds {
  readonly rounds: number;
  /** Tags a second of scan in each round, or of its reading alone. */
  ours(field?: 'seconds' | 'readingSeconds'): number[];
  /** Tags a second in each round, of the one that is meant and has the highest median; none: no values. */
  best(isMeant: (peer: Reader) => boolean): number[];
  /** A row for each contender. */
  table(): Table;
  samples(): Readonly<Record<string, readonly number[]>>;
}

/** Runs scan and the peers in turns. @throws Error when one of them did not read every tag */
export async function measureRounds(
  sites: ScanSites,
  peers: readonly Reader[],
  rounds: number,
): Promise<ScanRounds> {
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
  return roundsOf(sites, peers, await interleave<Sample>(contenders, rounds));
}

function roundsOf(
  { tags }: ScanSites,
  peers: readonly Reader[],
  samples: ReadonlyMap<string, readonly Sample[]>,
): ScanRounds {
  const tagsOf = (name: string): number => peers.find((peer) => peer.name === name)?.tags ?? tags.length;
  const rates = (name: string, field: 'seconds' | 'readingSeconds' = 'seconds'): number[] =>
    (samples.get(name) ?? []).map((sample) => tagsOf(name) / sample[field]);
  return {
    rounds: samples.get(OURS)?.length ?? 0,
    ours: (field) => rates(OURS, field),
    best: (isMeant) => {
      const found = peers.filter(isMeant).map(({ name }) => rates(name));
      return found.sort((a, b) => median(b) - median(a))[0] ?? [];
    },
    table: () => ({
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
    }),
    samples: () =>
      Object.fromEntries(
        [...samples].flatMap(([name, runs]) => [
          [name, runs.map(({ seconds }) => seconds)],
          ...(name === OURS ? [[`${name}, reading`, runs.map(({ readingSeconds }) => readingSeconds)]] : []),
        ]),
      ),
  };
}

/** Scan beside what sends HEADs and nothing else. `where` begins each line: whose processors the registries have. */
export function loadTargets(measured: ScanRounds, where: string, isGate: boolean): Target[] {
  const load = measured.best(({ kind }) => kind === 'load');
  const curl = measured.best(({ name }) => name.startsWith('curl'));
  return [
    {
      text: `${where}: HEAD/s of scan ÷ best load generator`,
      value: ratio(measured.ours('readingSeconds'), load),
      atLeast: 0.9,
      isGate,
    },
    { text: `${where}: tags/s of scan ÷ curl`, value: ratio(measured.ours(), curl), atLeast: 1, isGate },
    {
      text: 'HEAD/s of scan ÷ best load generator, with the start of the process and the writing of reports',
      value: ratio(measured.ours(), load),
      atLeast: 0.9,
    },
    {
      text: 'HEAD/s of scan ÷ curl, the load generator that asks for the same tags',
      value: ratio(measured.ours('readingSeconds'), curl),
      atLeast: 0.9,
    },
  ];
}

/** What a reader has to know of `table` and `loadTargets`. */
export const LOAD_NOTES = [
  'curl and ab send HEADs and nothing else; ab asks for one tag again and again, which is the registry at its best. The best load generator is the one with the highest median.',
  "HEAD/s of scan are those of its reading, by the report's `run`: tag lists, HEADs and the comparison, without the start of the process and the writing; tags/s are of the whole process.",
  'Of half of the tags scan asks whether they lead where the other site says (`If-None-Match`), which is less work for a registry than what curl and ab ask. The 10,000 tags are on 50 images; of tags with a manifest each it would ask all in full.',
] as const;
