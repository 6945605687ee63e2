import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { fillReal, placeholdersInReal, storageFingerprint } from '../support/fill-sites.ts';
import { type FixRun, runFix } from '../support/fix-run.ts';
import { DRIFTS, randomDrift } from '../support/random-drift.ts';
import { readTuples, watchTags } from '../support/read-site.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

/** Another drift with `DRIFT_SEED=…`. */
const SEED = Number(process.env.DRIFT_SEED ?? 20261121);

describeReal('scan --fix --yes on two Distribution registries with random drift', () => {
  const drift = randomDrift(SEED, { repositories: 2, tags: 150 });
  const paths = drift.map(({ path }) => path);
  const args = ['scan', '--fix', '--yes', '--max-delete', '1000', ...paths];
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let primaryBefore: string;
  let run: FixRun;
  let watched: { violations: string[]; looks: number; askedAgain: number };

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    fillReal(primary.root, drift, 'primary');
    fillReal(secondary.root, drift, 'secondary');
    primaryBefore = storageFingerprint(primary.root);
    const watcher = watchTags(
      secondary.url,
      drift.flatMap(({ path, tags }) =>
        tags.flatMap(({ name: tag, drift: kind, primary: at }) =>
          kind === 'match' && at.kind === 'image' ? [{ path, tag, digest: at.image.digest }] : [],
        ),
      ),
    );
    run = await runFix(args, { primary, secondary });
    watched = await watcher.stop();
  }, 180_000);
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it('was given every kind of drift', () => {
    for (const { tags } of drift) expect(new Set(tags.map((tag) => tag.drift))).toEqual(new Set(DRIFTS));
  });

  it('does every action and exits with 0', () => {
    expect(run.fix.actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(run.code).toBe(0);
    expect(run.done).toBe(
      drift.flatMap(({ tags }) => tags).filter(({ drift: kind }) => kind !== 'match').length,
    );
  });

  it('makes the tuples of both sites equal, as an independent reader sees them', async () => {
    for (const { path, tags } of drift) {
      const expected = Object.fromEntries(
        tags.flatMap(({ name, primary: at }) => (at.kind === 'image' ? [[name, at.image.digest]] : [])),
      );
      expect(await readTuples(primary.url, path)).toEqual(expected);
      expect(await readTuples(secondary.url, path)).toEqual(expected);
    }
  });

  it('says so: verified, checksums equal under both profiles now and not before', () => {
    expect(run.fix.verified).toBe(true);
    expect(run.report.summary.verdict).toBe('IN-SYNC');
    for (const path of paths) {
      expect(run.fix.before[path]?.wide.equal).toBe(false);
      expect(run.fix.after[path]).toMatchObject({ wide: { equal: true }, narrow: { equal: true } });
    }
  });

  it('never lets a tag that matched be missing or another', () => {
    expect(watched.violations).toEqual([]);
    expect(watched.looks).toBeGreaterThan(100);
  });

  it('writes nothing to the primary', () => {
    expect(storageFingerprint(primary.root)).toBe(primaryBefore);
  });

  it('leaves no placeholder', () => {
    for (const path of paths) expect(placeholdersInReal(secondary.root, path)).toEqual([]);
  });

  it('has nothing to do the second time', async () => {
    const before = storageFingerprint(secondary.root);
    const again = await runFix(args, { primary, secondary });
    expect(again.code).toBe(0);
    expect(again.fix).toEqual({ actions: [], before: {}, after: {}, verified: true });
    expect(storageFingerprint(secondary.root)).toBe(before);
  });
});
