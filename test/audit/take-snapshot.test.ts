import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../src/audit/compare-snapshots.ts';
import { type SnapshotOptions, takeSnapshot } from '../../src/audit/take-snapshot.ts';
import { anonymousCredential } from '../../src/auth/credential.ts';
import { DEMO_REPOSITORIES, fillDemo } from '../../src/demo/drift.ts';
import { ociImage } from '../../src/demo/images.ts';
import { UsageError } from '../../src/errors.ts';
import { SILENT } from '../../src/logger.ts';
import { connectRegistry } from '../../src/registry/connect-registry.ts';
import { sealed } from '../report/snapshots.ts';
import { type Pair, scanPair, skippingClock, startPair } from './support/scan-embedded.ts';
import { PATH } from './support/snapshots.ts';

const OPTIONS: SnapshotOptions = { clientPath: 'docker-v2', narrow: 'auto' };

async function take(
  url: string,
  paths: readonly string[],
  options: Partial<SnapshotOptions> = {},
  signal?: AbortSignal,
  events: Partial<Parameters<typeof takeSnapshot>[3]> = {},
) {
  const clock = skippingClock();
  const connection = connectRegistry({
    url: new URL(`${url}/`),
    credential: anonymousCredential(),
    concurrency: 4,
    ratePerSecond: null,
    retries: 0,
    timeoutMs: 10_000,
    clock,
    logger: SILENT,
    flag: (ending) => `--${ending}`,
  });
  try {
    const site = { client: connection.client, url, concurrency: 4 };
    return await takeSnapshot(site, paths, { ...OPTIONS, ...options }, { clock, signal, ...events });
  } finally {
    await connection.close();
  }
}

describe('two snapshots of the demo', () => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await startPair();
    fillDemo(pair.primary.storage, pair.secondary.storage);
  });
  afterAll(() => pair.close());

  it.each([
    ['docker-v2', 'auto'],
    ['docker-v2', 'all'],
    ['docker-v2', 'off'],
    ['gitlab-v1', 'auto'],
    ['gitlab-v1', 'off'],
    ['auto', 'auto'],
  ] as const)('say by %s with narrow %s what a scan says', async (clientPath, narrow) => {
    const paths = [...DEMO_REPOSITORIES, 'unknown/to-both'];
    const scanned = await scanPair(pair, { paths, clientPath, narrow });
    const [primary, secondary] = await Promise.all([
      take(pair.primary.url, paths, { clientPath, narrow }),
      take(pair.secondary.url, paths, { clientPath, narrow }),
    ]);
    expect([primary.clientPath, secondary.clientPath]).toEqual([scanned.clientPath, scanned.clientPath]);
    const file = ({ identity, repositories, clientPath: path }: typeof primary) => {
      const base = sealed([]);
      const value = sealed(repositories, { site: identity, run: { ...base.run, clientPath: path } });
      return JSON.parse(JSON.stringify(value)) as typeof value;
    };
    const compared = compareSnapshots(file(primary), file(secondary));
    expect(JSON.stringify(compared)).toBe(JSON.stringify(scanned.repositories));
    expect(compared.length).toBe(DEMO_REPOSITORIES.length + 1);
  });

  it('read every path once, in byte order, and tell so', async () => {
    const seen: unknown[] = [];
    const paths = [...DEMO_REPOSITORIES, ...DEMO_REPOSITORIES].reverse();
    const { repositories } = await take(pair.primary.url, paths, {}, undefined, {
      onRepository: (path, index, total) => seen.push([path, index, total]),
    });
    const sorted = [...DEMO_REPOSITORIES].sort();
    expect(repositories.map(({ path }) => path)).toEqual(sorted);
    expect(seen).toEqual(sorted.map((path, index) => [path, index, sorted.length]));
  });
});

describe('a snapshot', () => {
  it('of a registry without the v1 API cannot be taken by it, and auto does without', async () => {
    const pair = await startPair({ flavour: 'distribution' });
    try {
      pair.put('both', 'v1', ociImage('a'));
      await expect(take(pair.primary.url, [PATH], { clientPath: 'gitlab-v1' })).rejects.toThrow(UsageError);
      const taken = await take(pair.primary.url, [PATH], { clientPath: 'auto' });
      expect(taken).toMatchObject({
        clientPath: 'docker-v2',
        refused: false,
        repositories: [{ present: true }],
      });
    } finally {
      await pair.close();
    }
  });

  it('of a site where nobody listens says so of every repository', async () => {
    const taken = await take('http://127.0.0.1:1', [PATH, 'a/b']);
    expect(taken.refused).toBe(false);
    expect(taken.repositories).toMatchObject([
      {
        path: 'a/b',
        present: null,
        tags: [],
        errors: [{ code: 'UNREACHABLE' }],
        complete: { wide: false, narrow: false },
      },
      { path: PATH, present: null, errors: [{ code: 'UNREACHABLE' }] },
    ]);
  });

  it('of a site that refuses the credential is refused as a whole', async () => {
    const pair = await startPair({ auth: 'basic', users: { someone: { password: 'else' } } });
    try {
      pair.put('both', 'v1', ociImage('a'));
      const taken = await take(pair.primary.url, [PATH]);
      expect(taken).toMatchObject({ refused: true, repositories: [{ present: null }] });
      expect(taken.repositories[0]?.errors).toHaveLength(1);
    } finally {
      await pair.close();
    }
  });

  it('that is interrupted keeps what was read, and says what was not', async () => {
    const pair = await startPair();
    const abort = new AbortController();
    try {
      for (const path of ['a/one', 'b/two']) pair.put('both', 'v1', ociImage('a'), path);
      const taken = await take(pair.primary.url, ['a/one', 'b/two'], {}, abort.signal, {
        onRepository: (path) => {
          if (path === 'b/two') abort.abort(new Error('interrupted'));
        },
      });
      expect(taken.repositories).toMatchObject([
        { path: 'a/one', present: true, errors: [], complete: { wide: true } },
        { path: 'b/two', present: null, tags: [], errors: [{ code: 'INTERRUPTED' }] },
      ]);
    } finally {
      await pair.close();
    }
  });

  it.each([
    ['that comes back in time is whole', 3],
    ['that does not is unread from there on, and is not asked for the rest', Number.POSITIVE_INFINITY],
  ])('of a site that is gone in the middle %s', async (_, backAfter) => {
    const pair = await startPair();
    const waits: boolean[] = [];
    let looks = 0;
    let isGone = false;
    pair.primary.options.fault = ({ path }) => {
      isGone ||= looks === 0 && path.includes('b/two');
      if (isGone && path === '/v2/' && ++looks === backAfter) isGone = false;
      return isGone ? { status: 503 } : undefined;
    };
    try {
      const paths = ['a/one', 'b/two', 'c/three', 'd/four'];
      for (const path of paths) pair.put('both', 'v1', ociImage('a'), path);
      const onWaiting = (isWaiting: boolean) => waits.push(isWaiting);
      const { repositories } = await take(pair.primary.url, paths, {}, undefined, { onWaiting });
      const isBack = backAfter < 10;
      expect(waits).toEqual([true, false]);
      expect(looks).toBe(3);
      expect(repositories.map(({ tags }) => tags.length)).toEqual([1, ...Array(3).fill(isBack ? 1 : 0)]);
      expect(repositories.map(({ errors }) => errors.length)).toEqual([0, ...Array(3).fill(isBack ? 0 : 1)]);
      const asked = pair.primary.requests.filter(({ path }) => path.includes('d/four'));
      expect(asked.length).toBe(isBack ? 3 : 0);
    } finally {
      await pair.close();
    }
  });
});
