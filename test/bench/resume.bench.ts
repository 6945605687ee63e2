import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTempDir } from '../support/temp-dir.ts';
import { conditions } from './environment.ts';
import { type NullRegistry, requestsIn, startNullRegistry, startPair } from './helper-process.ts';
import { type OurLine, ourLine, type ScanTask, scanLine } from './our-command.ts';
import { interleave, median, ratio } from './rounds.ts';
import { writeSection } from './section.ts';
import { sizeOf } from './settings.ts';
import { watchRun } from './watched-run.ts';

const REPOSITORIES = sizeOf('BENCH_RESUME_REPOSITORIES', 100);
const TAGS_EACH = sizeOf('BENCH_RESUME_TAGS', 1000);
const WHOLE = 'whole';
const KILLED = 'killed and resumed';

/** Requests, both sites together. */
interface Sample {
  readonly first: number;
  /** 0 of a whole run. */
  readonly second: number;
  readonly seconds: number;
  /** Text of the report's repositories. */
  readonly repositories: string;
}

type Servers = readonly [NullRegistry, NullRegistry];

test('resume: a cold kill at half, and going on', async () => {
  const here = conditions();
  const servers = await startPair(() => startNullRegistry({ tags: TAGS_EACH }));
  try {
    await measure(here, servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

async function measure(here: ReturnType<typeof conditions>, servers: Servers): Promise<void> {
  const file = join(makeTempDir('list'), 'repositories.txt');
  const paths = Array.from({ length: REPOSITORIES }, (_, at) => `bench/r${String(at).padStart(4, '0')}\n`);
  writeFileSync(file, paths.join(''));
  const task: ScanTask = { sites: servers, what: ['--repositories-from', file] };
  let whole = 0;
  const samples = await interleave<Sample>([
    {
      name: WHOLE,
      run: async () => {
        const line = scanLine(task);
        const { seconds } = await watchRun(line);
        whole = await taken(servers);
        return { first: whole, second: 0, seconds, repositories: repositoriesOf(line) };
      },
    },
    { name: KILLED, run: () => killAndResume(task, servers, whole) },
  ]);
  const of = (name: string) => samples.get(name) ?? [];
  const same = of(KILLED).filter(
    ({ repositories }, round) => repositories === of(WHOLE)[round]?.repositories,
  ).length;
  const requests = (name: string, pick: (sample: Sample) => number): number[] => of(name).map(pick);
  const wholes = requests(WHOLE, ({ first }) => first);
  const seconds = requests(KILLED, ({ second }) => second);
  writeSection('resume', {
    title: 'A cold kill at half, and --resume',
    conditions: here,
    rounds: wholes.length,
    tables: [
      {
        caption: `${REPOSITORIES} repositories of ${TAGS_EACH} tags on both of two null registries; requests of both sites`,
        columns: ['run', 'requests until its end', 'requests after --resume', 'seconds together'],
        rows: [...samples.keys()].map((name) => [
          name,
          median(requests(name, ({ first }) => first)),
          name === WHOLE ? null : median(seconds),
          median(requests(name, (sample) => sample.seconds)),
        ]),
      },
    ],
    targets: [
      {
        text: 'killed (SIGKILL) at half of the requests: those after --resume ÷ those of a whole run',
        value: ratio(seconds, wholes),
        atMost: 0.55,
        isGate: true,
      },
      {
        text: 'runs whose `repositories` are those of the whole run, byte for byte ÷ runs',
        value: same / of(KILLED).length,
        atLeast: 1,
        isGate: true,
      },
      {
        text: 'requests of both runs ÷ those of a whole run',
        value: ratio(
          requests(KILLED, ({ first, second }) => first + second),
          wholes,
        ),
        atMost: 1.1,
      },
    ],
    notes: [
      'Requests are counted where the servers answer; the first run is killed when they have answered half of what a whole run asks.',
    ],
    samples: Object.fromEntries(
      [...samples.keys()].flatMap((name) => [
        [name, requests(name, (sample) => sample.seconds)],
        [`${name}, requests`, requests(name, ({ first, second }) => first + second)],
      ]),
    ),
  });
  expect(same).toBe(of(KILLED).length);
}

async function killAndResume(task: ScanTask, servers: Servers, whole: number): Promise<Sample> {
  const line = scanLine(task);
  const run = await watchRun(line, async () => {
    const answered = await Promise.all(servers.map((server) => server.answered()));
    return answered.reduce((sum, count) => sum + count, 0) >= whole / 2;
  });
  if (!run.killed) throw new Error('the scan ended before it was killed: raise BENCH_RESUME_REPOSITORIES');
  const first = await taken(servers);
  const [{ url: primary }, { url: secondary }] = task.sites;
  const sites = ['--primary-url', primary, '--secondary-url', secondary];
  // The same options as before, in the same directory: only that it goes on is new.
  const resumed = {
    ...ourLine(['scan', ...task.what, ...sites, '--settle', '0', '--resume', 'out', '--out', 'out']),
    cwd: line.cwd,
  };
  const again = await watchRun(resumed);
  return {
    first,
    second: await taken(servers),
    seconds: run.seconds + again.seconds,
    repositories: repositoriesOf(line),
  };
}

async function taken(servers: Servers): Promise<number> {
  const counts = await Promise.all(servers.map((server) => server.take()));
  return counts.reduce((sum, count) => sum + requestsIn(count), 0);
}

/** The text of `repositories` in a report: the same bytes, or not the same report. */
function repositoriesOf({ cwd }: OurLine): string {
  const text = readFileSync(join(cwd, 'out', 'report.json'), 'utf8');
  const start = text.indexOf('\n  "repositories": [');
  const end = text.lastIndexOf('\n  ],');
  if (start < 0 || end < start) throw new Error('the report has no repositories');
  return text.slice(start, end);
}
