import { expect, test } from 'vitest';
import { checkAgainstEmbedded } from './check-null-registry.ts';
import { conditions } from './environment.ts';
import { requestsIn, startNullRegistry, startPair } from './helper-process.ts';
import { watchScan } from './our-command.ts';
import { plot } from './plot.ts';
import { median, ROUNDS, say } from './rounds.ts';
import { type Section, writePicture, writeSection } from './section.ts';
import { sizesOf } from './settings.ts';

const SIZES = sizesOf('BENCH_V1_TAGS', [10_000, 100_000, 300_000, 1_000_000]);
const DIGESTS = 50_000;
const REPOSITORY = 'bench/v1';
/** The gates are about the largest size that issue 7 names. */
const LARGEST = 1_000_000;

interface Sample {
  readonly tags: number;
  readonly seconds: number;
  readonly megabytes: number;
  /** Of the site with more. */
  readonly requests: number;
  readonly reportMegabytes: number;
}

test('v1: the cost of tags by the GitLab v1 API', async () => {
  const here = conditions();
  await checkAgainstEmbedded();
  const samples: Sample[] = [];
  // All sizes, then all of them again: a machine that is slow for a while must not bend the line.
  for (let round = 0; round < ROUNDS; round++) {
    for (const tags of SIZES) {
      samples.push(await scanOnce(tags));
      say(`round ${round + 1}/${ROUNDS}: ${tags} tags`);
    }
  }
  writeSection('v1', sectionOf(here, samples));
});

async function scanOnce(tags: number): Promise<Sample> {
  const servers = await startPair(() => startNullRegistry({ tags, digests: DIGESTS }));
  try {
    const run = await watchScan({
      sites: servers,
      what: [REPOSITORY],
      more: ['--client-path', 'gitlab-v1', '--timeout', '300'],
    });
    expect(run.report.summary.tags).toMatchObject({ total: tags, MATCH: tags });
    const counts = await Promise.all(servers.map((server) => server.take()));
    return {
      tags,
      seconds: run.seconds,
      megabytes: run.peakMegabytes ?? Number.NaN,
      requests: Math.max(...counts.map(requestsIn)),
      reportMegabytes: run.report.bytes / 1e6,
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function sectionOf(here: Section['conditions'], samples: readonly Sample[]): Section {
  const at = (tags: number, field: keyof Sample): number =>
    median(samples.filter((sample) => sample.tags === tags).map((sample) => sample[field]));
  const points = (field: keyof Sample) => SIZES.map((tags) => ({ x: tags, y: at(tags, field) }));
  const [smallest = 0, largest = 0] = [SIZES[0], SIZES.at(-1)];
  const middle = SIZES.at(-2) ?? smallest;
  const marginal = (from: number, to: number): number =>
    ((at(to, 'seconds') - at(from, 'seconds')) / (to - from)) * 1e6;
  const picture = writePicture(
    'v1-cost.svg',
    plot([
      { title: 'seconds, whole process', unit: 's', points: points('seconds') },
      { title: 'peak resident set', unit: 'MB', points: points('megabytes') },
    ]),
  );
  return {
    title: 'GitLab v1 API, up to a million tags',
    conditions: here,
    rounds: ROUNDS,
    tables: [
      {
        caption: `One repository, the same tags on both sites over ${DIGESTS} digests, \`scan --client-path gitlab-v1\``,
        columns: ['tags', 'seconds', 'peak RSS, MB', 'requests per site', 'report.json, MB', 'µs per tag'],
        rows: SIZES.map((tags) => [
          tags,
          at(tags, 'seconds'),
          at(tags, 'megabytes'),
          at(tags, 'requests'),
          at(tags, 'reportMegabytes'),
          (at(tags, 'seconds') / tags) * 1e6,
        ]),
      },
    ],
    picture,
    targets: [
      {
        text: '1,000,000 tags by gitlab-v1, seconds',
        value: at(LARGEST, 'seconds'),
        atMost: 60,
        isGate: true,
      },
      {
        text: '1,000,000 tags by gitlab-v1, peak RSS in MB',
        value: at(LARGEST, 'megabytes'),
        atMost: 400,
        isGate: true,
      },
      {
        text: `linear: seconds per further tag, ${middle} to ${largest} ÷ ${smallest} to ${middle}`,
        value: SIZES.length < 3 ? Number.NaN : marginal(middle, largest) / marginal(smallest, middle),
        atMost: 1.25,
        isGate: true,
      },
      {
        text: `requests per site at ${largest} tags ÷ pages of 1,000`,
        value: at(largest, 'requests') / Math.ceil(largest / 1000),
        atMost: 1.02,
      },
    ],
    notes: [
      'The registry is `test/bench/null-registry.js`, which makes its pages from arrays: the embedded registry of the demo sorts all tags anew for every page, and would be what is measured. That both answer alike is checked at the start, page by page and field by field.',
      'MB are 10^6 bytes; peak RSS is `VmHWM` of the process, looked at every 20 ms.',
    ],
    samples: Object.fromEntries(
      SIZES.flatMap((tags) => {
        const mine = samples.filter((sample) => sample.tags === tags);
        return [
          [`${tags} tags`, mine.map(({ seconds }) => seconds)],
          [`${tags} tags, MB`, mine.map(({ megabytes }) => megabytes)],
        ];
      }),
    ),
  };
}
