import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachConcurrent } from '../../src/core/concurrency.ts';
import * as images from '../../src/demo/images.ts';
import { inWords, readTagState } from '../../src/reconcile/tag-state.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { breakTagLink, listTagLinks } from '../support/registry-storage.ts';
import { connect, disconnectAll, fix, type Sites } from './support.ts';

const PATH = 'drift/random';
const TAGS = Number(process.env.RANDOM_DRIFT_TAGS ?? 60);

/** Numbers in [0, n) that are the same in every run (a linear congruential generator). */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

describeReal('random drift between two real registries', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let sites: Sites;

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    sites = { primary: connect(primary.url), secondary: connect(secondary.url, 'secondary') };
  });
  afterAll(async () => {
    await disconnectAll();
    await Promise.all([primary.stop(), secondary.stop()]);
  });

  test('ends in equality, and every tag that matched answers with its digest all the while', async () => {
    const roll = dice(20_261_122);
    const leaf = images.ociImage('shared child');
    // Few images for many tags, so that tags share digests and indexes share children.
    const pool = Array.from(
      { length: Math.ceil(TAGS / 5) },
      (_, i) =>
        [
          () => images.ociImage(`image ${i}`),
          () => images.dockerImage(`image ${i}`),
          () => images.ociIndex([{ image: images.ociImage(`child ${i}`) }, { image: leaf }]),
          () => images.dockerListOf(`list ${i}`),
          () => images.buildkitCache(`cache ${i}`),
          () => images.signature(images.ociImage(`image ${i}`)),
        ][i % 6]?.() ?? leaf,
    );
    const tagsOf = new Map<RealRegistry, Map<images.BuiltImage, string[]>>([
      [primary, new Map()],
      [secondary, new Map()],
    ]);
    const give = (site: RealRegistry, image: images.BuiltImage, tag: string) => {
      const tags = tagsOf.get(site) ?? new Map<images.BuiltImage, string[]>();
      tags.set(image, [...(tags.get(image) ?? []), tag]);
    };
    const any = () => pool[roll(pool.length)] ?? leaf;
    const broken: string[] = [];
    for (let i = 0; i < TAGS; i++) {
      const tag = `tag-${i}`;
      const kind = roll(6);
      const image = any();
      if (kind !== 4) give(primary, image, tag);
      if (kind !== 3) give(secondary, kind === 0 || kind === 1 ? image : any(), tag);
      if (kind === 5 || (kind === 4 && roll(3) === 0)) broken.push(tag);
    }
    for (const [site, tags] of tagsOf) {
      for (const [image, names] of tags) await pushImage(site, PATH, image, names);
    }
    for (const tag of broken) breakTagLink(secondary.root, PATH, tag);
    const links = (site: RealRegistry) => Object.fromEntries(listTagLinks(site.root, PATH));
    const wanted = links(primary);
    const matching = Object.entries(links(secondary)).filter(([tag, digest]) => wanted[tag] === digest);
    expect(matching.length).toBeGreaterThan(TAGS / 10);

    const strays = new Set<string>();
    let watching = true;
    let rounds = 0;
    const watch = (async () => {
      while (watching) {
        await forEachConcurrent(matching, 2, async ([tag, digest]) => {
          const read = () => readTagState(sites.secondary.client, PATH, tag, 'secondary');
          let state = await read();
          // See `execute-real.test.ts`: Distribution's own moment while a manifest is pushed again.
          for (let i = 0; i < 50 && state.kind === 'unresolvable' && state.status >= 500; i++)
            state = await read();
          if (inWords(state) !== digest) strays.add(`${tag}: ${inWords(state)}`);
        });
        rounds++;
      }
    })();
    let result: Awaited<ReturnType<typeof fix>>;
    try {
      result = await fix(sites, [PATH]);
    } finally {
      watching = false;
      await watch;
    }

    expect(result.actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(links(secondary)).toEqual(wanted);
    expect(links(primary)).toEqual(wanted);
    expect(result.after.summary.verdict).toBe('IN-SYNC');
    expect(result.after.repositories.at(0)?.checksums).toMatchObject({
      wide: { equal: true },
      narrow: { equal: true },
    });
    expect([...strays]).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
    expect((await fix(sites, [PATH])).plan.repositories).toEqual([]);
  }, 120_000);
});
