import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, schema1Image, storeImage } from '../../src/demo/images.ts';
import type { RegistryOptions } from '../../src/demo/registry-options.ts';
import { fillEmbedded, placeholdersInEmbedded } from '../support/fill-sites.ts';
import { runFix } from '../support/fix-run.ts';
import { randomDrift } from '../support/random-drift.ts';
import { readTuples, watchTags } from '../support/read-site.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const drift = randomDrift(Number(process.env.DRIFT_SEED ?? 20261122), { repositories: 2, tags: 70 });
const paths = drift.map(({ path }) => path);
const args = ['scan', '--fix', '--yes', '--max-delete', '1000', ...paths];
const READS = new Set(['GET', 'HEAD']);

let registries: EmbeddedRegistry[] = [];
afterEach(async () => {
  await Promise.all(registries.map((registry) => registry.close()));
  registries = [];
});

async function start(options: Partial<RegistryOptions>): Promise<EmbeddedRegistry> {
  const registry = await startEmbeddedRegistry(options);
  registries.push(registry);
  return registry;
}

const ways: ReadonlyArray<readonly [string, Partial<RegistryOptions>, RegExp]> = [
  ['with tag delete', {}, /^(deleted by tag|already gone)$/],
  [
    'with the older tag delete',
    { features: [], tagReferenceDelete: true },
    /^(deleted by tag reference|already gone)$/,
  ],
  ['without tag delete', { features: [] }, /^(deleted by a placeholder|already gone)$/],
  ['without a database or tag delete', { database: false, features: [] }, /^deleted by a placeholder$/],
];

describe.each(ways)('scan --fix --yes on a GitLab registry %s', (_, options, how) => {
  it('mends a random drift, spares what matches and writes nothing to the primary', async () => {
    const [primary, secondary] = await Promise.all([start(options), start(options)]);
    fillEmbedded(primary.storage, drift, 'primary');
    fillEmbedded(secondary.storage, drift, 'secondary');
    const watcher = watchTags(
      secondary.url,
      drift.flatMap(({ path, tags }) =>
        tags.flatMap(({ name: tag, drift: kind, primary: at }) =>
          kind === 'match' && at.kind === 'image' ? [{ path, tag, digest: at.image.digest }] : [],
        ),
      ),
    );
    const run = await runFix(args, { primary, secondary });
    const { violations, looks, askedAgain } = await watcher.stop();

    expect(run.fix.actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(run.code).toBe(0);
    expect({ violations, askedAgain }).toEqual({ violations: [], askedAgain: 0 });
    expect(looks).toBeGreaterThan(100);
    const deletes = run.fix.actions.filter(({ type }) => type === 'delete');
    expect(deletes.length).toBeGreaterThan(10);
    expect(deletes.filter(({ detail }) => !how.test(detail))).toEqual([]);
    expect(primary.requests.filter(({ method }) => !READS.has(method))).toEqual([]);
    for (const { path, tags } of drift) {
      const expected = Object.fromEntries(
        tags.flatMap(({ name, primary: at }) => (at.kind === 'image' ? [[name, at.image.digest]] : [])),
      );
      expect(await readTuples(secondary.url, path)).toEqual(expected);
      expect(await readTuples(primary.url, path)).toEqual(expected);
      expect(placeholdersInEmbedded(secondary.storage, path)).toEqual([]);
      expect(run.fix.after[path]).toMatchObject({ wide: { equal: true }, narrow: { equal: true } });
      expect(run.fix.before[path]?.wide.equal).toBe(false);
    }
    expect(run.fix.verified).toBe(true);

    secondary.requests.length = 0;
    const again = await runFix(args, { primary, secondary });
    expect(again.code).toBe(0);
    expect(again.fix.actions).toEqual([]);
    expect(secondary.requests.filter(({ method }) => !READS.has(method))).toEqual([]);
  }, 120_000);
});

it('reads again by the client path that it read by, although a site does not say any more that it has it', async () => {
  const [primary, secondary] = await Promise.all([start({}), start({})]);
  storeImage(primary.storage, 'group/app', ociImage('new'), 'new');
  storeImage(secondary.storage, 'group/app', ociImage('old'), 'new');
  const lists: boolean[] = [];
  let hasWritten = false;
  secondary.options.fault = ({ method, path }) => {
    hasWritten ||= !READS.has(method);
    if (path.startsWith('/gitlab/v1/repositories/')) lists.push(hasWritten);
    return hasWritten && path === '/gitlab/v1/' ? { status: 503 } : undefined;
  };
  const run = await runFix(
    ['scan', '--fix', '--yes', '--client-path', 'auto', '--retries', '0', 'group/app'],
    { primary, secondary },
  );
  expect(run.fix.verified).toBe(true);
  expect(lists).toContain(true);
});

it('leaves Docker schema 1 alone, on both sites and on the primary alone, and says why', async () => {
  const [primary, secondary] = await Promise.all([start({}), start({})]);
  const path = 'group/old';
  const old = schema1Image('old', path, 'old');
  for (const { storage } of [primary, secondary]) {
    storeImage(storage, path, old, 'old');
    storeImage(storage, path, ociImage('same'), 'same');
  }
  storeImage(primary.storage, path, schema1Image('older', path, 'older'), 'older');
  storeImage(primary.storage, path, ociImage('new'), 'new');

  const run = await runFix(['scan', '--fix', '--yes', path], { primary, secondary });

  expect(run.outcomes).toEqual({ 'group/old:new': 'copy done' });
  const left = run.fix.actions.filter(({ type }) => type === 'none');
  expect(left.map(({ tag, outcome }) => [tag, outcome])).toEqual([
    ['old', 'skipped'],
    ['older', 'skipped'],
  ]);
  for (const { detail } of left) expect(detail).toMatch(/schema 1/i);
  // Two tags that the primary cannot serve stay different from one: true, and said by the exit code.
  expect(run.code).toBe(1);
  expect(run.fix.verified).toBe(false);
  expect(secondary.storage.tagLink(path, 'old')).toBe(old.digest);
});

it('leaves schema 1 on a Distribution primary alone, where it resolves', async () => {
  const options = { flavour: 'distribution', schema1: true } as const;
  const [primary, secondary] = await Promise.all([start(options), start(options)]);
  storeImage(primary.storage, 'group/old', schema1Image('old', 'group/old', 'old'), 'old');
  const run = await runFix(['scan', '--fix', '--yes', 'group/old'], { primary, secondary });
  expect(run.fix.actions).toMatchObject([{ type: 'none', tag: 'old', outcome: 'skipped' }]);
  expect(run.fix.actions[0]?.detail).toMatch(/schema 1 is left alone/);
  expect(secondary.requests.filter(({ method }) => !READS.has(method))).toEqual([]);
  expect(run.code).toBe(1);
});
