import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createScanJournal, resumeScanJournal } from '../../src/audit/scan-journal.ts';
import { ociImage } from '../../src/demo/images.ts';
import type { RepositoryReport } from '../../src/report/report.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import {
  type Pair,
  type ScanPairOptions,
  scanPair,
  skippingClock,
  startPair,
} from './support/scan-embedded.ts';

const SETTLED = 'a/settled';
const PUSHED = 'b/pushed';
const PATHS = [SETTLED, PUSHED];
const JOURNAL = { scan: {}, startedAt: '2026-11-22T01:00:00.000Z', now: () => 1_795_000_000_000 };

let pair: Pair;
let path: string;
let abort: AbortController;
beforeEach(async () => {
  pair = await startPair();
  path = join(makeTempDir('cut'), 'scan-journal.ndjson');
  abort = new AbortController();
  pair.put('both', 'v1', ociImage('v1'), SETTLED);
  pair.put('primary', 'v1', ociImage('v1'), PUSHED);
});
afterEach(() => pair.close());

const verdicts = (reports: Iterable<RepositoryReport>) =>
  [...reports].map(({ path: name, verdict }) => `${name} ${verdict}`);

/** A scan that is interrupted before its end. */
async function cut(options: ScanPairOptions): Promise<string[]> {
  const store = createScanJournal(path, JOURNAL);
  const { repositories, interrupted } = await scanPair(pair, {
    paths: PATHS,
    settleSeconds: 5,
    store,
    signal: abort.signal,
    ...options,
  });
  expect(interrupted).toBe(true);
  const seen = verdicts(repositories);
  store.close();
  return seen;
}

/** Goes on with it, and says which repositories were asked for. */
async function goOn(options: ScanPairOptions = {}): Promise<{ seen: string[]; asked: string[] }> {
  for (const site of [pair.primary, pair.secondary]) {
    site.options.fault = undefined;
    site.requests.length = 0;
  }
  const store = resumeScanJournal(path, { ...JOURNAL, selection: PATHS });
  const { repositories } = await scanPair(pair, { paths: PATHS, settleSeconds: 5, store, ...options });
  const seen = verdicts(repositories);
  store.close();
  return { seen, asked: PATHS.filter((one) => pair.secondary.requests.some((to) => to.path.includes(one))) };
}

/** The same verdicts as without the interruption, and what was finished before it is not asked again. */
async function expectSettled(options?: ScanPairOptions): Promise<void> {
  pair.put('secondary', 'v1', ociImage('v1'), PUSHED);
  expect(await goOn(options)).toEqual({
    seen: [`${SETTLED} IN-SYNC`, `${PUSHED} IN-SYNC`],
    asked: [PUSHED],
  });
}

/** Interrupts when the settle pause begins. */
const cuttingClock = () =>
  skippingClock(() => {
    abort.abort();
    abort.signal.throwIfAborted();
  });

it('in the settle pause, the next run settles what differed', async () => {
  expect(await cut({ clock: cuttingClock() })).toEqual([`${SETTLED} IN-SYNC`, `${PUSHED} OUT-OF-SYNC`]);
  await expectSettled();
});

it('before the settle pause, the next run settles what differed', async () => {
  const onEvent: ScanPairOptions['onEvent'] = (event) => {
    if (event.type === 'settling') abort.abort();
  };
  expect(await cut({ onEvent })).toEqual([`${SETTLED} IN-SYNC`, `${PUSHED} OUT-OF-SYNC`]);
  await expectSettled();
});

it('in the second reading, the next run settles what differed', async () => {
  const clock = skippingClock(() => {
    pair.secondary.options.fault = () => {
      abort.abort();
      return 'hang';
    };
  });
  expect(await cut({ clock })).toEqual([`${SETTLED} IN-SYNC`, `${PUSHED} OUT-OF-SYNC`]);
  await expectSettled();
});

it('when it had settled, the next run takes it as it is', async () => {
  const onEvent: ScanPairOptions['onEvent'] = (event) => {
    if (event.type === 'repository-done' && event.report.path === PUSHED) abort.abort();
  };
  await cut({ onEvent });
  expect(await goOn()).toEqual({ seen: [`${SETTLED} IN-SYNC`, `${PUSHED} OUT-OF-SYNC`], asked: [] });
});

it('in the look below the tags, the next run looks again', async () => {
  const deep = { verifyBlobs: false };
  pair.put('secondary', 'v1', ociImage('v1'), PUSHED);
  pair.secondary.options.fault = ({ path: wanted }) => {
    if (!wanted.includes(`/${PUSHED}/blobs/`)) return undefined;
    abort.abort();
    return 'hang';
  };
  expect(await cut({ deep })).toEqual([`${SETTLED} IN-SYNC`, `${PUSHED} INCOMPLETE`]);
  await expectSettled({ deep });
});

it('sooner than the run before, what that one had read of a repository stays', async () => {
  for (let at = 0; at < 20; at++) pair.put('both', `t${at}`, ociImage(`t${at}`), PUSHED);
  const cutAt = (where: string) => {
    pair.secondary.options.fault = ({ path: wanted }) => {
      if (!wanted.includes(`/${PUSHED}/${where}`)) return undefined;
      abort.abort();
      return 'hang';
    };
  };
  const tagsOf = (reports: Iterable<RepositoryReport>) =>
    [...reports].find(({ path: name }) => name === PUSHED)?.tags.length;
  cutAt('manifests/t9');
  const first = createScanJournal(path, JOURNAL);
  const once = await scanPair(pair, { paths: PATHS, store: first, signal: abort.signal, concurrency: 1 });
  const read = tagsOf(once.repositories);
  first.close();
  expect(read).toBeGreaterThan(0);

  abort = new AbortController();
  cutAt('tags/list');
  const second = resumeScanJournal(path, { ...JOURNAL, selection: PATHS });
  const again = await scanPair(pair, { paths: PATHS, store: second, signal: abort.signal });
  expect(again.interrupted).toBe(true);
  expect(tagsOf(again.repositories)).toBe(read);
  second.close();
});

it('a run that goes on reads as the earlier one did, whatever a site that is down leaves unsaid', async () => {
  const onEvent: ScanPairOptions['onEvent'] = (event) => {
    if (event.type === 'settling') abort.abort();
  };
  await cut({ onEvent, clientPath: 'auto' });
  pair.secondary.options.fault = () => ({ status: 503 });
  const store = resumeScanJournal(path, { ...JOURNAL, selection: PATHS });
  const { clientPath, repositories } = await scanPair(pair, { paths: PATHS, store, clientPath: 'auto' });
  expect(clientPath).toBe('gitlab-v1');
  expect(verdicts(repositories)).toEqual([`${SETTLED} IN-SYNC`, `${PUSHED} INCOMPLETE`]);
  store.close();
  expect(await goOn({ clientPath: 'auto' })).toEqual({
    seen: [`${SETTLED} IN-SYNC`, `${PUSHED} OUT-OF-SYNC`],
    asked: [PUSHED],
  });
});
