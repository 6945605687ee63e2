import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../src/audit/compare-snapshots.ts';
import { type SnapshotOptions, type SnapshotParts, takeSnapshot } from '../../src/audit/take-snapshot.ts';
import { basicCredential } from '../../src/auth/credential.ts';
import { ociIndexOf } from '../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../src/demo/registry-options.ts';
import { UsageError } from '../../src/errors.ts';
import { SILENT } from '../../src/logger.ts';
import { connectRegistry } from '../../src/registry/connect-registry.ts';
import { SITES, type Site } from '../../src/report/report.ts';
import type { Snapshot } from '../../src/report/snapshot.ts';
import { sealed } from '../report/snapshots.ts';
import { type Pair, scanPair, skippingClock, startPair } from './support/scan-embedded.ts';
import { PATH } from './support/snapshots.ts';

/** Long enough for a site that answers, also on a busy machine. */
const TIMEOUT_MS = 600;
const WRONG = basicCredential({ username: 'root', password: 'wrong', source: 'test' });

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
  // An index: the v1 API and a narrow reader have never one digest for it.
  pair.put('both', 'index', ociIndexOf('same'));
});
afterEach(() => pair.close());

const isQuestion = ({ path }: FaultRequest) => path === '/gitlab/v1/';
const isPing = ({ path }: FaultRequest) => path === '/v2/';
const isByV1 = ({ path }: FaultRequest) => path.startsWith('/gitlab/v1/');

function faulty(site: Site, where: (request: FaultRequest) => boolean, fault: Fault): void {
  pair[site].options.fault = (request) => (where(request) ? fault : undefined);
}

function refuse(...sites: readonly Site[]): void {
  for (const site of sites)
    Object.assign(pair[site].options, { auth: 'basic', users: { root: { password: 'right' } } });
}

async function take(site: Site, clientPath: SnapshotOptions['clientPath'], credential = WRONG) {
  const { url } = pair[site];
  const clock = skippingClock();
  const { client, close } = connectRegistry({
    url: new URL(`${url}/`),
    credential,
    concurrency: 4,
    ratePerSecond: null,
    retries: 0,
    timeoutMs: TIMEOUT_MS,
    clock,
    logger: SILENT,
    flag: (ending) => `--${ending}`,
  });
  try {
    return await takeSnapshot(
      { client, url, concurrency: 4 },
      [PATH],
      { clientPath, narrow: 'auto' },
      { clock },
    );
  } finally {
    await close();
  }
}

/** As `compare` reads it. */
function fileOf({ identity, repositories, clientPath }: SnapshotParts): Snapshot {
  const { run } = sealed([]);
  const file = sealed(repositories, { site: identity, run: { ...run, clientPath } });
  return JSON.parse(JSON.stringify(file)) as Snapshot;
}

const UNANSWERED: readonly [string, (request: FaultRequest) => boolean, Fault][] = [
  ['is throttled', isQuestion, { status: 429 }],
  ['fails', isQuestion, { status: 500 }],
  ['finds the API out of order', isQuestion, { status: 503 }],
  ['is kept from us', isQuestion, { status: 403 }],
  ['is redirected to nowhere', isQuestion, { status: 301 }],
  ['gets no answer', isQuestion, 'hang'],
  ['is cut off', isQuestion, 'reset'],
  // A registry with public repositories may refuse /v2/ alone.
  ['is not asked, as /v2/ is refused', isPing, { status: 401 }],
];

describe.each(UNANSWERED)('a site where the question for the GitLab v1 API %s', (_, where, fault) => {
  it.each(SITES)('is not said to lack it: the %s', async (site) => {
    faulty(site, where, fault);
    const { repository, sites } = await scanPair(pair, { timeoutMs: TIMEOUT_MS });
    expect(repository).toMatchObject({ verdict: 'IN-SYNC', causes: [] });
    expect(sites[site].registry).toMatchObject({ gitlabV1: false, gitlabV1Known: false });
    const other = site === 'primary' ? 'secondary' : 'primary';
    expect(sites[other].registry).toMatchObject({ gitlabV1: true });
    expect(sites[other].registry.gitlabV1Known).toBeUndefined();
  });

  it('nor from the files of two snapshots', async () => {
    faulty('secondary', where, fault);
    const [primary, secondary] = [await take('primary', 'docker-v2'), await take('secondary', 'docker-v2')];
    expect(compareSnapshots(fileOf(primary), fileOf(secondary))).toMatchObject([
      { verdict: 'IN-SYNC', causes: [] },
    ]);
  });

  it('is read by docker-v2 with auto, and by gitlab-v1 where that is asked for', async () => {
    faulty('secondary', where, fault);
    const auto = await scanPair(pair, { clientPath: 'auto', timeoutMs: TIMEOUT_MS });
    expect(auto).toMatchObject({ clientPath: 'docker-v2', repository: { verdict: 'IN-SYNC' } });
    pair.secondary.requests.length = 0;
    const asked = await scanPair(pair, { clientPath: 'gitlab-v1', timeoutMs: TIMEOUT_MS });
    expect(asked).toMatchObject({ clientPath: 'gitlab-v1', refused: [], repository: { verdict: 'IN-SYNC' } });
    expect(pair.secondary.requests.filter(({ path }) => path.startsWith(`/v2/${PATH}/tags/`))).toEqual([]);
    expect((await take('secondary', 'auto')).clientPath).toBe('docker-v2');
    expect(await take('secondary', 'gitlab-v1')).toMatchObject({
      clientPath: 'gitlab-v1',
      refused: false,
      repositories: [{ present: true, errors: [] }],
    });
  });
});

it('a site that says it has none is said to lack it, live and from files', async () => {
  pair.secondary.options.database = false;
  const { repository, sites } = await scanPair(pair);
  expect(repository.causes).toEqual(['CLIENT_PATH_ASYMMETRY']);
  expect(sites.secondary.registry).toMatchObject({ gitlabV1: false, gitlabV1Known: true });
  const [primary, secondary] = [await take('primary', 'docker-v2'), await take('secondary', 'docker-v2')];
  const [compared] = compareSnapshots(fileOf(primary), fileOf(secondary));
  expect(JSON.stringify(compared)).toBe(JSON.stringify(repository));
});

it('so is one of which nothing else is known, as its headers are taken away', async () => {
  pair.secondary.options.fault = (request) =>
    isPing(request) ? { status: 200 } : isByV1(request) ? { status: 404 } : undefined;
  const { repository, sites } = await scanPair(pair);
  expect(sites.secondary.registry).toMatchObject({ vendor: 'other', version: null });
  expect(repository.causes).toEqual(['CLIENT_PATH_ASYMMETRY']);
});

describe('--client-path gitlab-v1', () => {
  it.each<[string, readonly Site[]]>([
    ['the primary', ['primary']],
    ['the secondary', ['secondary']],
    ['both', SITES],
  ])('where %s refuses the credential is a refusal', async (_, refusing) => {
    refuse(...refusing);
    const { repository, refused } = await scanPair(pair, { clientPath: 'gitlab-v1', credential: WRONG });
    expect(refused).toEqual(refusing);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: refusing.map((site) => ({ site, status: 401 })),
    });
  });

  it('of a snapshot where the site refuses the credential is a refusal', async () => {
    refuse('secondary');
    expect(await take('secondary', 'gitlab-v1')).toMatchObject({
      refused: true,
      repositories: [{ present: null, errors: [{ status: 401 }] }],
    });
  });

  it('where the whole API is out of order is a repository that is not read', async () => {
    faulty('secondary', isByV1, { status: 503 });
    const { repository, refused } = await scanPair(pair, { clientPath: 'gitlab-v1' });
    expect(refused).toEqual([]);
    expect(repository).toMatchObject({
      verdict: 'INCOMPLETE',
      tags: [],
      errors: [{ site: 'secondary', status: 503 }],
    });
    expect(repository.causes).not.toContain('CLIENT_PATH_ASYMMETRY');
    expect(await take('secondary', 'gitlab-v1')).toMatchObject({
      refused: false,
      repositories: [{ present: null, errors: [{ status: 503 }] }],
    });
  });

  it('names the site alone that says it has none, whatever becomes of the other', async () => {
    pair.secondary.options.database = false;
    refuse('primary');
    const asked = scanPair(pair, { clientPath: 'gitlab-v1', credential: WRONG });
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toThrow(/: the secondary registry has no GitLab v1 API/);
  });
});
