import { setMaxListeners } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { runCli as runInProcess } from '../../src/cli/cli.ts';
import { createOutput } from '../../src/cli/output.ts';
import type { RunContext } from '../../src/cli/run-context.ts';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { fillReal } from '../support/fill-sites.ts';
import { siteArgs } from '../support/fix-run.ts';
import { type Drift, randomDrift, seededRandom } from '../support/random-drift.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { recordFigures } from './support/figures.ts';
import { scaled } from './support/scale.ts';

const SECONDS = Number(process.env.HOSTILE_SOAK_SECONDS ?? scaled(10, 3_600));
const SEED = Number(process.env.DRIFT_SEED ?? 8);
const MIB = 1024 * 1024;
/** One scan in so many is the built command in a process of its own. */
const CHILD_EVERY = 5;
vi.setConfig({ testTimeout: (SECONDS + 300) * 1000 });

const STATUS: Readonly<Record<Drift, string>> = {
  match: 'MATCH',
  moved: 'MISMATCH',
  'primary-only': 'PRIMARY-ONLY',
  'secondary-only': 'SECONDARY-ONLY',
  broken: 'UNRESOLVABLE',
  dangling: 'UNRESOLVABLE',
  'broken-orphan': 'UNRESOLVABLE',
  'dangling-orphan': 'UNRESOLVABLE',
};

interface Sample {
  readonly rss: number;
  readonly heap: number;
  readonly fds: number;
  readonly sockets: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function sample(): Sample {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const links = readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return [];
    }
  });
  const sockets = links.filter((link) => link.startsWith('socket:')).length;
  return { rss: rss / MIB, heap: heapUsed / MIB, fds: links.length, sockets };
}

/** A registry that can be killed and comes back under the same URL with the same storage. */
async function mortal(root: string) {
  let registry: RealRegistry = await startRealRegistry({ root });
  const port = Number(new URL(registry.url).port);
  return {
    url: registry.url,
    async restart(pauseMs: number) {
      await registry.stop();
      await sleep(pauseMs);
      registry = await startRealRegistry({ root, port });
    },
    stop: () => registry.stop(),
  };
}

describeReal(`scanning in a loop for ${SECONDS} s while the registries are killed and come back`, () => {
  it('every verdict is right or INCOMPLETE, and neither memory nor sockets nor files pile up', async () => {
    const drift = randomDrift(SEED, { repositories: 2, tags: 12 });
    const sites = { primary: makeTempDir('primary'), secondary: makeTempDir('secondary') };
    fillReal(sites.primary, drift, 'primary');
    fillReal(sites.secondary, drift, 'secondary');
    const truth = new Map(
      drift.flatMap(({ path, tags }) => tags.map((tag) => [`${path}:${tag.name}`, STATUS[tag.drift]])),
    );
    const [primary, secondary] = await Promise.all([mortal(sites.primary), mortal(sites.secondary)]);
    const random = seededRandom(SEED);
    const until = Date.now() + SECONDS * 1000;
    const counts = { scans: 0, ofThemInChildren: 0, right: 0, incomplete: 0, restarts: 0 };
    const samples: Sample[] = [];
    const out = join(makeTempDir('soak'), 'out');
    const paths = drift.map(({ path }) => path);
    const reading = ['--settle', '0', '--retries', '1', '--timeout', '10', '--quiet'];
    const args = ['scan', ...paths, ...siteArgs({ primary, secondary }), ...reading];

    const killer = (async () => {
      while (Date.now() < until) {
        await sleep(300 + random() * 3_000);
        await (random() < 0.5 ? primary : secondary).restart(random() * 1_000);
        counts.restarts++;
        const { right } = counts;
        // Every other time a scan comes through before the next one, however slow the machine is.
        while (counts.restarts % 2 === 0 && counts.right === right && Date.now() < until) await sleep(50);
      }
    })();

    function judge(report: Report): void {
      for (const { path, verdict, tags, errors } of report.repositories) {
        const where = `scan ${counts.scans} of ${path}, ${counts.restarts} restarts: ${JSON.stringify(errors)}`;
        expect(verdict, where).not.toBe('IN-SYNC');
        if (verdict === 'INCOMPLETE') expect(errors.length, where).toBeGreaterThan(0);
        const wrong = tags.filter(({ name, status }) => status !== truth.get(`${path}:${name}`));
        // What was not read has no verdict; what has one has the right one.
        expect(
          wrong.filter(({ status }) => status !== null),
          where,
        ).toEqual([]);
        if (verdict === 'OUT-OF-SYNC') {
          expect(tags.length, where).toBe(drift.find((each) => each.path === path)?.tags.length);
          expect(wrong, where).toEqual([]);
        }
      }
      if (report.summary.verdict === 'INCOMPLETE') counts.incomplete++;
      else counts.right++;
    }

    try {
      while (Date.now() < until) {
        counts.scans++;
        if (counts.scans % CHILD_EVERY === 0) {
          const child = await runCli([...args, '--format', 'json', '--out', '-']);
          expect([1, 2, 4], child.stderr).toContain(child.code);
          judge(reportSchema().parse(JSON.parse(child.stdout)));
          counts.ofThemInChildren++;
          continue;
        }
        const code = await runInProcess(
          [...args, '--format', 'json,csv,table', '--out', out],
          inThisProcess(),
        );
        expect([1, 2, 4]).toContain(code);
        judge(reportSchema().parse(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))));
        samples.push(sample());
      }
    } finally {
      await killer;
      await Promise.all([primary.stop(), secondary.stop()]);
    }

    expect(counts.restarts).toBeGreaterThan(0);
    expect(counts.right).toBeGreaterThan(0);
    // Compilers and caches settle in the first part.
    const settled = samples.slice(Math.floor(samples.length / 5));
    expect(settled.length).toBeGreaterThan(1);
    const quarter = Math.max(1, Math.floor(settled.length / 4));
    const start = medians(settled.slice(0, quarter));
    const end = medians(settled.slice(-quarter));
    recordFigures('long-run', {
      seconds: SECONDS,
      ...counts,
      rssStartMiB: Math.round(start.rss),
      rssEndMiB: Math.round(end.rss),
      heapStartMiB: Math.round(start.heap),
      heapEndMiB: Math.round(end.heap),
      fdsStart: start.fds,
      fdsEnd: end.fds,
      socketsStart: start.sockets,
      socketsEnd: end.sockets,
      seed: SEED,
    });
    expect(end.heap, 'heap after garbage collection, MiB').toBeLessThan(start.heap * 1.25 + 8);
    expect(end.rss, 'resident memory, MiB').toBeLessThan(start.rss * 1.3 + 32);
    expect(end.fds, 'open files').toBeLessThanOrEqual(start.fds + 4);
    expect(end.sockets, 'open sockets').toBeLessThanOrEqual(start.sockets + 4);
  });
});

/** What `main.ts` makes for a run, but for standard output, of which nothing is kept. */
function inThisProcess(): RunContext {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return {
    output: createOutput(sink),
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    environment: {},
    clock: SYSTEM_CLOCK,
    signal,
    readStdin: async () => '',
  };
}

function medians(samples: readonly Sample[]): Sample {
  const median = (of: (sample: Sample) => number) => {
    const values = samples.map(of).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  return {
    rss: median(({ rss }) => rss),
    heap: median(({ heap }) => heap),
    fds: median(({ fds }) => fds),
    sockets: median(({ sockets }) => sockets),
  };
}
