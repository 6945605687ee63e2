import { describe, expect, onTestFinished, test } from 'vitest';
import { readTags } from '../../src/audit/read-tags.ts';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { dockerImage, ociImage, ociIndexOf, storeImage } from '../../src/demo/images.ts';
import type { FaultRequest } from '../../src/demo/registry-options.ts';
import type { TagReport } from '../../src/report/tag-report.ts';
import { connected } from '../registry/support/connected.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { addTagLinks, breakTagLink, removeRevision, writeTagLink } from '../support/registry-storage.ts';
import { type Pair, scanPair, skippingClock, startPair } from './support/scan-embedded.ts';
import { PATH } from './support/snapshots.ts';

/*
 * A scan asks one of the two sites no more than whether a tag leads where the other says. These hold that the verdicts
 * are those of full questions, whatever the registry makes of the short ones.
 */

const NAMES = Array.from({ length: 600 }, (_, number) => `v${number}`);
const NOTHING = `"sha256:${'0'.repeat(64)}"`;
const SAME = { primary: 'resolved', secondary: 'resolved', status: 'MATCH' };

function readings(
  tags: Iterable<TagReport>,
): Map<string, { primary: string; secondary: string; status: string }> {
  return new Map(
    [...tags].map(({ name, status, primary, secondary }) => [
      name,
      { status, primary: primary.state, secondary: secondary.state },
    ]),
  );
}

describe('embedded registries', () => {
  /** A pair with many tags on three images, of which the secondary has two at older ones. */
  async function filledPair(answer?: (request: FaultRequest) => { status: number } | undefined) {
    const conditions: string[] = [];
    const fault = (request: FaultRequest) => {
      const condition = request.headers['if-none-match'];
      if (condition !== undefined) conditions.push(condition);
      return answer?.(request);
    };
    const pair: Pair = await startPair({ database: false, fault });
    onTestFinished(() => pair.close());
    const images = [dockerImage('one'), ociImage('two'), ociIndexOf('three')];
    for (const [number, image] of images.entries())
      for (const name of NAMES.filter((_, at) => at % images.length === number))
        pair.put('both', name, image);
    pair.put('secondary', 'v100', dockerImage('one'));
    pair.put('secondary', 'v101', dockerImage('older'));
    return { pair, conditions, digests: images.map(({ digest }) => digest) };
  }

  test('ask for about half of the tags whether they lead where the other site says', async () => {
    const { pair, conditions, digests } = await filledPair();
    const { repository } = await scanPair(pair, { narrow: 'off' });
    expect(repository.counts).toMatchObject({ total: 600, MATCH: 598, MISMATCH: 2 });
    const told = conditions.filter((condition) => digests.some((digest) => condition === `"${digest}"`));
    expect(told.length).toBeGreaterThan(300);
    expect(told.length).toBeLessThanOrEqual(600);
    // As many requests as without: one for each tag and site.
    const heads = [pair.primary, pair.secondary].map(
      ({ requests }) => requests.filter(({ method }) => method === 'HEAD').length,
    );
    expect(heads).toEqual([600, 600]);
  });

  test('say what full questions say, narrow readings and media types included', async () => {
    const { pair, conditions, digests } = await filledPair();
    const { repository } = await scanPair(pair);
    expect(conditions.filter((condition) => digests.includes(condition.slice(1, -1))).length).toBeGreaterThan(
      20,
    );
    // All at once: no site has served anything before its last question is sent.
    const inFull = await filledPair();
    const whole = await scanPair(inFull.pair, { concurrency: NAMES.length });
    expect(inFull.conditions).toEqual([]);
    expect([...repository.tags]).toEqual([...whole.repository.tags]);
    expect(repository.checksums).toEqual(whole.repository.checksums);
  });

  test('that answer 304 to whatever is asked with a condition are asked in full', async () => {
    const { pair, conditions } = await filledPair((request) =>
      request.headers['if-none-match'] === undefined ? undefined : { status: 304 },
    );
    const { repository } = await scanPair(pair, { narrow: 'off' });
    expect(repository.counts).toMatchObject({ total: 600, MATCH: 598, MISMATCH: 2 });
    expect(repository.errors).toEqual([]);
    // Each site is found out by the first.
    expect(conditions).toEqual([NOTHING, NOTHING]);
  });

  test('that are found out so are not believed after the settle pause either', async () => {
    const { pair } = await filledPair((request) =>
      request.headers['if-none-match'] === undefined ? undefined : { status: 304 },
    );
    // Pushed in the pause: a 304 would say that it is what it was.
    const clock = skippingClock(() => pair.put('secondary', 'v101', ociIndexOf('three')));
    const { repository, tag } = await scanPair(pair, { narrow: 'off', settleSeconds: 5, clock });
    expect(tag('v101')).toMatchObject({ status: 'MATCH', unstable: true });
    expect(repository.counts).toMatchObject({ MATCH: 599, MISMATCH: 1 });
  });

  test('whose gateway refuses conditions are asked in full', async () => {
    const { pair } = await filledPair((request) =>
      request.headers['if-none-match'] === undefined ? undefined : { status: 412 },
    );
    const { repository } = await scanPair(pair, { narrow: 'off' });
    expect(repository.counts).toMatchObject({ total: 600, MATCH: 598, MISMATCH: 2 });
    expect(repository.errors).toEqual([]);
  });
});

test('what was heard of the other site is not told back to it', async () => {
  const registry = await startEmbeddedRegistry();
  onTestFinished(registry.close);
  const image = ociImage('one');
  for (const name of NAMES) storeImage(registry.storage, PATH, image, name);
  const isHeard = (name: string) => name.endsWith('1');
  const told: string[] = [];
  const counterpart = {
    isOurs: (name: string) => !isHeard(name),
    isHeard,
    expected: (name: string) => (isHeard(name) ? image.digest : undefined),
    tell: (name: string) => told.push(name),
    isHearing: true,
    stopHearing: () => {},
  };
  const wanted = NAMES.map((name) => ({ name }));
  const options = { narrow: 'off', concurrency: 4, counterpart } as const;
  const { tags } = await readTags(connected(registry.url), PATH, wanted, options);
  expect(tags.length).toBe(NAMES.length);
  expect(told.sort()).toEqual(NAMES.filter((name) => !isHeard(name)).sort());
});

describeReal('Distribution', () => {
  test('what a 304 would hide is found: manifests that are gone, broken links, other digests', async () => {
    const sites = await Promise.all([startRealRegistry(), startRealRegistry()]);
    const [primary, secondary] = sites;
    onTestFinished(async () => {
      await Promise.all(sites.map((site) => site.stop()));
    });
    const [kept, gone, other] = [ociImage('kept'), ociImage('gone'), ociImage('other')];
    for (const site of sites) {
      for (const image of [kept, gone, other]) await pushImage(site, PATH, image);
      addTagLinks(site.root, PATH, kept.digest, NAMES.slice(0, 300));
      addTagLinks(site.root, PATH, gone.digest, NAMES.slice(300));
    }
    removeRevision(secondary.root, PATH, gone.digest);
    breakTagLink(secondary.root, PATH, 'v7');
    writeTagLink(secondary.root, PATH, 'v8', other.digest);

    const { repository } = await scanPair({ primary, secondary });
    const found = readings(repository.tags);
    for (const [at, name] of NAMES.entries()) {
      const unresolvable = { primary: 'resolved', secondary: 'unresolvable', status: 'UNRESOLVABLE' };
      if (at >= 300 || name === 'v7') expect(found.get(name), name).toEqual(unresolvable);
      else if (name === 'v8') expect(found.get(name)).toEqual({ ...SAME, status: 'MISMATCH' });
      else expect(found.get(name), name).toEqual(SAME);
    }
    const confirmed = (site: RealRegistry) => site.logs().match(/HTTP\/1\.1" 304/g)?.length ?? 0;
    expect(confirmed(primary) + confirmed(secondary)).toBeGreaterThan(150);
  });
});
