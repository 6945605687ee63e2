import { describe, expect, it, vi } from 'vitest';
import { createDeepRun, type ManifestShape } from '../../../src/audit/deep/deep-run.ts';
import { digest } from '../support/snapshots.ts';

/** A shape of as many descriptors. */
const shape = (parts: number): ManifestShape => ({
  parts: Array.from({ length: parts }, (_, n) => ({
    role: 'layer',
    digest: digest(`${n}`),
    mediaType: null,
    size: null,
    isForeign: false,
  })),
  invalid: [],
  notes: [],
});
const [a, b, c] = [digest('a'), digest('b'), digest('c')];

describe('a deep run', () => {
  it('reads a manifest once for all who ask, at once or later, on either site', async () => {
    const run = createDeepRun({ verifyBlobs: false });
    const work = vi.fn(async () => shape(1));
    const both = await Promise.all([run.obtain('primary', a, work), run.obtain('secondary', a, work)]);
    expect(both.map(({ isOwn }) => isOwn)).toEqual([true, false]);
    expect((await run.obtain('secondary', a, work)).isOwn).toBe(false);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('lets whoever waited try by itself when nothing came of it', async () => {
    const run = createDeepRun({ verifyBlobs: false });
    const missing = run.obtain('primary', a, async () => null);
    const work = vi.fn(async () => shape(1));
    const waiting = run.obtain('secondary', a, work);
    expect(await missing).toEqual({ shape: null, isOwn: true });
    expect((await waiting).isOwn).toBe(true);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('keeps what was used last, by the number of descriptors, and reads the rest again', async () => {
    const run = createDeepRun({ verifyBlobs: false }, 10);
    const ask = async (key: string) => (await run.obtain('primary', key, async () => shape(4))).isOwn;
    expect([await ask(a), await ask(b), await ask(a), await ask(c)]).toEqual([true, true, false, true]);
    expect([await ask(a), await ask(c), await ask(b)]).toEqual([false, false, true]);
  });

  it('keeps nothing that is larger than all it may keep', async () => {
    const run = createDeepRun({ verifyBlobs: false }, 10);
    const ask = async () => (await run.obtain('primary', a, async () => shape(11))).isOwn;
    expect([await ask(), await ask()]).toEqual([true, true]);
  });

  it('that verifies blobs reads on each site, and remembers verified blobs by site', async () => {
    const run = createDeepRun({ verifyBlobs: true });
    const work = async () => shape(1);
    expect((await run.obtain('primary', a, work)).isOwn).toBe(true);
    expect((await run.obtain('secondary', a, work)).isOwn).toBe(true);
    run.addVerified('primary', b);
    expect([run.isVerified('primary', b), run.isVerified('secondary', b)]).toEqual([true, false]);
  });
});
