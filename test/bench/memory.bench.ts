import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTempDir } from '../support/temp-dir.ts';
import { conditions } from './environment.ts';
import { type NullContent, requestsIn, startNullRegistry, startPair } from './helper-process.ts';
import { watchScan } from './our-command.ts';
import { say } from './rounds.ts';
import { writeSection } from './section.ts';
import { sizeOf } from './settings.ts';

const REPOSITORIES = sizeOf('BENCH_MEMORY_REPOSITORIES', 50_000);
const TAGS_EACH = 20;
const TAGS_OF_ONE = sizeOf('BENCH_MEMORY_TAGS', 1_000_000);
const DIGESTS = 50_000;
/** A `HEAD` for each of a million tags takes minutes more: only when asked for. */
const WITH_HEADS = process.env.BENCH_MEMORY_HEADS === '1';

/** One scan whose memory is watched. */
interface Case {
  readonly name: string;
  readonly repositories: number;
  readonly content: NullContent;
  readonly clientPath: 'docker-v2' | 'gitlab-v1';
  readonly atMost: number;
}

const CASES: readonly Case[] = [
  {
    name: `1 repository of ${TAGS_OF_ONE} tags, gitlab-v1`,
    repositories: 1,
    content: { tags: TAGS_OF_ONE, digests: DIGESTS },
    clientPath: 'gitlab-v1',
    atMost: 400,
  },
  ...(WITH_HEADS
    ? [
        {
          name: `1 repository of ${TAGS_OF_ONE} tags, docker-v2`,
          repositories: 1,
          content: { tags: TAGS_OF_ONE },
          clientPath: 'docker-v2',
          atMost: 400,
        } as const,
      ]
    : []),
  {
    name: `${REPOSITORIES} repositories of ${TAGS_EACH} tags, gitlab-v1`,
    repositories: REPOSITORIES,
    content: { tags: TAGS_EACH, digests: TAGS_EACH },
    clientPath: 'gitlab-v1',
    atMost: 250,
  },
  {
    name: `${REPOSITORIES} repositories of ${TAGS_EACH} tags, docker-v2`,
    repositories: REPOSITORIES,
    content: { tags: TAGS_EACH },
    clientPath: 'docker-v2',
    atMost: 250,
  },
];

test('memory: one huge repository, and very many small ones', async () => {
  const here = conditions();
  const results: { readonly one: Case; readonly run: Awaited<ReturnType<typeof scanOnce>> }[] = [];
  for (const one of CASES) {
    say(one.name);
    results.push({ one, run: await scanOnce(one) });
  }
  writeSection('memory', {
    title: 'Memory',
    conditions: here,
    rounds: 1,
    tables: [
      {
        caption: 'Peak resident set of a scan of two equal sites, start and reports included',
        columns: ['sites', 'peak RSS, MB', 'seconds', 'requests per site', 'report.json, MB'],
        rows: results.map(({ one, run }) => [
          one.name,
          run.peakMegabytes,
          run.seconds,
          run.requests,
          run.report.bytes / 1e6,
        ]),
      },
    ],
    targets: results.map(({ one, run }) => ({
      text: `${one.name}, peak RSS in MB`,
      value: run.peakMegabytes ?? Number.NaN,
      atMost: one.atMost,
      isGate: true,
    })),
    notes: [
      'The registries are `test/bench/null-registry.js`, in processes of their own.',
      'MB are 10^6 bytes; peak RSS is `VmHWM` of the process, looked at every 20 ms.',
      ...(WITH_HEADS ? [] : ['`BENCH_MEMORY_HEADS=1` adds the huge repository by docker-v2, a HEAD a tag.']),
    ],
    samples: Object.fromEntries(results.map(({ one, run }) => [one.name, [run.seconds]])),
  });
});

async function scanOnce({ repositories, content, clientPath }: Case) {
  const servers = await startPair(() => startNullRegistry(content));
  try {
    const file = join(makeTempDir('list'), 'repositories.txt');
    const paths = Array.from(
      { length: repositories },
      (_, at) => `bench/group-${at % 97}/project-${String(at).padStart(5, '0')}\n`,
    );
    writeFileSync(file, paths.join(''));
    const run = await watchScan({
      sites: servers,
      what: ['--repositories-from', file],
      more: ['--client-path', clientPath, '--timeout', '300'],
    });
    const tags = repositories * content.tags;
    expect(run.report.summary.tags).toMatchObject({ total: tags, MATCH: tags });
    expect(run.report.summary.repositories.total).toBe(repositories);
    const counts = await Promise.all(servers.map((server) => server.take()));
    return { ...run, requests: Math.max(...counts.map(requestsIn)) };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
