import { expect, test } from 'vitest';
import { pushImage } from '../support/push.ts';
import { type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { listTagLinks } from '../support/registry-storage.ts';
import { type BenchImage, benchImages } from './bench-images.ts';
import { type Copier, copiers } from './copy-peers.ts';
import { conditions, TOOLS } from './environment.ts';
import { type Counts, requestsIn, startCountingProxy } from './helper-process.ts';
import { interleave, median, ratio, say } from './rounds.ts';
import { type Cost, runTool } from './run-tool.ts';
import { type Table, writeSection } from './section.ts';

const OURS = 'scan --fix';

/** One contender's copy to an empty registry, and the same command again. */
interface Sample {
  readonly first: Cost;
  readonly again: Cost;
}

interface Traffic {
  readonly source: Counts;
  readonly destination: Counts;
}

test('copy: scan --fix beside skopeo, regctl and crane', async () => {
  const here = conditions();
  const images = benchImages();
  const source = await startRealRegistry({ keepsLog: false });
  try {
    for (const { repository, tag, image } of images) await pushImage(source, repository, image, [tag]);
    const contenders = copiers();
    const samples = await interleave<Sample>(
      contenders.map((copier) => ({ name: copier.name, run: () => copyOnce(copier, source, images) })),
    );
    const traffic = new Map<string, { first: Traffic; again: Traffic }>();
    for (const copier of contenders) {
      say(`counting: ${copier.name}`);
      traffic.set(copier.name, await countOnce(copier, source, images));
    }
    const missing = (['skopeo', 'regctl', 'crane'] as const).filter((tool) => TOOLS[tool] === null);
    writeSection('copy', {
      title: 'Copying to an empty registry',
      conditions: here,
      rounds: samples.get(OURS)?.length ?? 0,
      tables: [
        tableOf('20 tags in 4 repositories to an empty registry', 'first', samples, traffic),
        tableOf('The same command again, with nothing to do', 'again', samples, traffic),
      ],
      targets: [],
      notes: [
        'Images: 3 with a layer of 8 MiB, 5 indexes of 2 platforms, 12 small ones; one base layer in all repositories.',
        '`scan --fix` reads both sites, copies, reads both again and reports, in one process; the peers copy.',
        'Seconds are without a proxy; requests and bytes (of bodies) are from one more run through counting proxies.',
        'After each run every tag of the destination was compared with the source.',
        ...missing.map((tool) => `${tool}: not on PATH.`),
      ],
      samples: Object.fromEntries(
        [...samples].flatMap(([name, runs]) => [
          [name, runs.map(({ first }) => first.seconds)],
          [`${name}, again`, runs.map(({ again }) => again.seconds)],
        ]),
      ),
    });
  } finally {
    await source.stop();
  }
});

async function copyOnce(
  copier: Copier,
  source: RealRegistry,
  images: readonly BenchImage[],
): Promise<Sample> {
  const destination = await startRealRegistry({ keepsLog: false });
  try {
    const first = await runTool(copier.lines(source.url, destination.url, tagsOf(images)));
    expectCopied(source, destination, images);
    const again = await runTool(copier.lines(source.url, destination.url, tagsOf(images)));
    return { first, again };
  } finally {
    await destination.stop();
  }
}

async function countOnce(copier: Copier, source: RealRegistry, images: readonly BenchImage[]) {
  const destination = await startRealRegistry({ keepsLog: false });
  const [from, to] = await Promise.all([startCountingProxy(source.url), startCountingProxy(destination.url)]);
  const run = async (): Promise<Traffic> => {
    await runTool(copier.lines(from.url, to.url, tagsOf(images)));
    return { source: await from.take(), destination: await to.take() };
  };
  try {
    const first = await run();
    expectCopied(source, destination, images);
    return { first, again: await run() };
  } finally {
    await Promise.all([from.stop(), to.stop(), destination.stop()]);
  }
}

function expectCopied(source: RealRegistry, destination: RealRegistry, images: readonly BenchImage[]): void {
  for (const repository of new Set(images.map((image) => image.repository))) {
    expect(listTagLinks(destination.root, repository)).toEqual(listTagLinks(source.root, repository));
  }
}

function tagsOf(images: readonly BenchImage[]): (readonly [string, string])[] {
  return images.map(({ repository, tag }) => [repository, tag] as const);
}

function tableOf(
  caption: string,
  which: 'first' | 'again',
  samples: ReadonlyMap<string, readonly Sample[]>,
  traffic: ReadonlyMap<string, Readonly<Record<'first' | 'again', Traffic>>>,
): Table {
  const secondsOf = (name: string): number[] =>
    (samples.get(name) ?? []).map((sample) => sample[which].seconds);
  const rows = [...samples].map(([name, runs]) => {
    const counts = traffic.get(name)?.[which];
    return [
      `\`${name}\``,
      median(secondsOf(name)),
      ratio(secondsOf(name), secondsOf(OURS)),
      median(runs.map((sample) => sample[which].cpuSeconds ?? Number.NaN)),
      ...(counts === undefined
        ? [null, null, null, null]
        : [
            requestsIn(counts.source),
            requestsIn(counts.destination),
            counts.source.receivedBytes / 2 ** 20,
            counts.destination.sentBytes / 2 ** 20,
          ]),
    ];
  });
  const columns = [
    ...['command', 'seconds', '÷ ours', 'CPU seconds', 'requests to source', 'requests to destination'],
    ...['MiB from source', 'MiB to destination'],
  ];
  return { caption, columns, rows };
}
