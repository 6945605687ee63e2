import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { artifact, type BuiltImage, ociImage, ociIndexOf } from '../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../src/demo/registry-options.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { type FixRun, runFix } from '../support/fix-run.ts';
import { pushImage } from '../support/push.ts';
import { readTuples } from '../support/read-site.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { corruptBlobData, removeBlobData, removeRevision } from '../support/registry-storage.ts';
import { runCli } from '../support/run-cli.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const A = 'group/a';
const B = 'group/b';
const ARGS = ['scan', '--fix', '--yes', '--retries', '1', A, B];
const same = ociImage('same');

let pair: FixPair;
beforeEach(async () => {
  pair = await startFixPair();
  for (const path of [A, B]) {
    pair.put('both', path, 'same', same);
    pair.put('primary', path, 'good', ociImage(`good ${path}`));
    pair.put('secondary', path, 'orphan', ociImage('orphan'));
  }
});
afterEach(() => pair.close());

const detailOf = (run: FixRun, path: string, tag: string) =>
  run.fix.actions.find((action) => action.repository === path && action.tag === tag)?.detail;

/** The next step of an image's upload to a repository is answered so. */
const onUploadOf =
  (digest: string, answer: Fault) =>
  ({ method, path }: FaultRequest): Fault =>
    method === 'PUT' && decodeURIComponent(path).includes(`digest=${digest}`) ? answer : undefined;

const refusal = (status: number, code: string, message: string): Fault => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code, message }] }),
});

describe('one thing that cannot be done is a failed action, and the others are carried out', () => {
  const bad: BuiltImage = ociIndexOf('bad');
  const badLayer = bad.blobs[1]?.digest ?? '';
  const badChild = bad.manifests[0]?.digest ?? '';

  it.each<readonly [string, () => void, RegExp]>([
    [
      'a blob too large for the secondary',
      () => {
        pair.secondary.options.fault = onUploadOf(
          badLayer,
          refusal(413, 'SIZE_INVALID', 'layer exceeds the limit of 1 byte'),
        );
      },
      /413 SIZE_INVALID: layer exceeds the limit of 1 byte/,
    ],
    [
      'a quota',
      () => {
        pair.secondary.options.fault = onUploadOf(badLayer, refusal(403, 'DENIED', 'storage quota exceeded'));
      },
      /403 DENIED: storage quota exceeded/,
    ],
    [
      'a blob missing on the primary',
      () => void pair.primary.storage.removeBlob(A, badLayer as BuiltImage['digest']),
      /could not read blob sha256:[0-9a-f]{64} of group\/a on the primary: .*404 BLOB_UNKNOWN/,
    ],
    [
      'a child missing on the primary',
      () => void pair.primary.storage.removeManifest(A, badChild as BuiltImage['digest']),
      /could not read manifest sha256:[0-9a-f]{64} of group\/a on the primary: .*404 MANIFEST_UNKNOWN/,
    ],
    [
      'a manifest that does not hash to its digest',
      () => {
        pair.primary.options.fault = ({ method, path }) =>
          method === 'GET' && path.endsWith(`/manifests/${badChild}`)
            ? {
                status: 200,
                headers: { 'content-type': bad.mediaType, 'docker-content-digest': badChild },
                body: '{"schemaVersion":2}',
              }
            : undefined;
      },
      /hashes to sha256:[0-9a-f]{64}: it is corrupt, and was not copied/,
    ],
    [
      'a blob that does not hash to its digest',
      () => {
        pair.primary.options.fault = ({ method, path }) =>
          method === 'GET' && path.endsWith(`/blobs/${badLayer}`)
            ? { status: 200, body: Buffer.alloc(bad.blobs[1]?.bytes.length ?? 0, 'x') }
            : undefined;
      },
      /does not hash to its digest; nothing of it was committed/,
    ],
    [
      'a manifest that the secondary refuses',
      () => {
        pair.secondary.options.fault = ({ method, path }) =>
          method === 'PUT' && path.endsWith('/manifests/bad')
            ? refusal(400, 'MANIFEST_INVALID', 'no thank you')
            : undefined;
      },
      /push the manifest group\/a:bad to the secondary: HTTP 400 MANIFEST_INVALID: no thank you/,
    ],
  ])('%s', async (_, breakIt, words) => {
    pair.put('primary', A, 'bad', bad);
    breakIt();
    const run = await runFix(ARGS, pair);
    expect(detailOf(run, A, 'bad')).toMatch(words);
    // No delete in a repository where a copy failed; the other repository has nothing to do with it.
    expect(run.outcomes).toEqual({
      [`${A}:bad`]: 'copy failed',
      [`${A}:good`]: 'copy done',
      [`${A}:orphan`]: 'delete skipped',
      [`${B}:good`]: 'copy done',
      [`${B}:orphan`]: 'delete done',
    });
    expect(detailOf(run, A, 'orphan')).toContain('a copy failed in this repository (bad)');
    expect(run.code).toBe(2);
    expect(run.fix.verified).toBe(false);
    expect(pair.links(A)).toMatchObject({ same: same.digest, orphan: ociImage('orphan').digest });
    expect(pair.links(A)).not.toHaveProperty('bad');
    expect(pair.links(B)).toEqual({ same: same.digest, good: ociImage(`good ${B}`).digest });
    const blobs = pair.secondary.storage.repositories.get(A)?.blobs;
    expect([...(blobs?.values() ?? [])].some((bytes) => Buffer.from(bytes).includes('xxxx'))).toBe(false);
  });

  it('deletion switched off: the copies are made, and every delete says 405', async () => {
    pair.secondary.options.deleteEnabled = false;
    const run = await runFix(ARGS, pair);
    expect(run.code).toBe(2);
    for (const path of [A, B]) {
      expect(run.outcomes).toMatchObject({
        [`${path}:good`]: 'copy done',
        [`${path}:orphan`]: 'delete failed',
      });
      expect(detailOf(run, path, 'orphan')).toMatch(/405 UNSUPPORTED: The operation is unsupported/);
      expect(pair.links(path)).toEqual({
        same: same.digest,
        good: ociImage(`good ${path}`).digest,
        orphan: ociImage('orphan').digest,
      });
    }
  });

  it('a registry in maintenance: everything fails in its words, nothing is changed', async () => {
    pair.secondary.options.readOnly = true;
    const before = [pair.links(A), pair.links(B)];
    const run = await runFix(ARGS, pair);
    expect(run.code).toBe(2);
    expect(Object.values(run.outcomes).filter((outcome) => outcome.endsWith('done'))).toEqual([]);
    expect(detailOf(run, A, 'good')).toMatch(/405/);
    expect([pair.links(A), pair.links(B)]).toEqual(before);
  });

  it.each([
    ['the tag list of the primary', /\/tags\/list/],
    ['one tag of the primary', /\/manifests\/same/],
  ])('apply where %s is refused: nothing is deleted there, the rest goes on', async (_, refused) => {
    const { cwd } = await runFix(['scan', A, B], pair);
    await runCli(['plan', 'out/report.json', '--out', 'plan.json'], { cwd });
    pair.primary.options.fault = ({ path }) =>
      path.startsWith(`/v2/${A}/`) && refused.test(path) ? refusal(403, 'DENIED', 'not for you') : undefined;
    const run = await runFix(['apply', 'plan.json', '--yes'], pair, { cwd });
    expect(run.stderr).not.toContain('defect');
    expect(run.outcomes).toEqual({
      [`${A}:good`]: 'copy done',
      [`${A}:orphan`]: 'delete skipped',
      [`${B}:good`]: 'copy done',
      [`${B}:orphan`]: 'delete done',
    });
    expect(detailOf(run, A, 'orphan')).toMatch(/not deleted, because the repository could not be read/);
    expect(run.code).toBe(2);
    expect(run.fix.verified).toBe(false);
    expect(pair.links(A)).toMatchObject({ same: same.digest, orphan: ociImage('orphan').digest });
  });

  it('a repository that cannot be read is neither touched nor called verified', async () => {
    pair.primary.options.fault = ({ path }) =>
      path.includes(`/${A}/`) ? refusal(403, 'DENIED', 'not for you') : undefined;
    const before = pair.links(A);
    const run = await runFix(ARGS, pair);
    expect(run.outcomes).toEqual({ [`${B}:good`]: 'copy done', [`${B}:orphan`]: 'delete done' });
    expect(run.code).toBe(2);
    expect(run.fix.verified).toBe(false);
    expect(pair.links(A)).toEqual(before);
  });
});

describeReal('on real Distribution registries', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  beforeEach(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
  });
  afterEach(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it('damage on the primary: only what it touches fails, in the words of the registry', async () => {
    const images = {
      corrupt: artifact('corrupt'),
      'no-blob': ociImage('no blob'),
      'no-child': ociIndexOf('no child'),
      good: ociImage('good'),
    };
    for (const [tag, image] of Object.entries(images)) await pushImage(primary, A, image, [tag]);
    for (const site of [primary, secondary]) await pushImage(site, A, same, ['same']);
    const bytes = images.corrupt.manifests[0]?.bytes ?? Buffer.from('');
    corruptBlobData(primary.root, images.corrupt.digest, Buffer.from(String(bytes).replace('note', 'nope')));
    removeBlobData(primary.root, images['no-blob'].blobs[1]?.digest ?? '');
    removeRevision(primary.root, A, images['no-child'].manifests[0]?.digest ?? '');

    const run = await runFix(['scan', '--fix', '--yes', '--retries', '0', A], { primary, secondary });

    expect(run.code).toBe(2);
    expect(run.outcomes).toEqual({
      [`${A}:corrupt`]: 'copy failed',
      [`${A}:good`]: 'copy done',
      [`${A}:no-blob`]: 'copy failed',
      [`${A}:no-child`]: 'copy failed',
    });
    expect(detailOf(run, A, 'corrupt')).toMatch(/corrupt|does not match/);
    expect(detailOf(run, A, 'no-blob')).toMatch(/could not read blob .* 404 BLOB_UNKNOWN/);
    expect(detailOf(run, A, 'no-child')).toMatch(/404 MANIFEST_UNKNOWN/);
    expect(await readTuples(secondary.url, A)).toEqual({ same: same.digest, good: images.good.digest });
  });

  it('a secondary that dies in the middle: exit code 2, and resumed when it is back', async () => {
    const tags = Array.from({ length: 12 }, (_, index) => `v${index}`);
    for (const tag of tags) await pushImage(primary, A, ociImage(tag), [tag]);
    await pushImage(secondary, A, same, ['orphan']);
    await pushImage(primary, A, same, ['same']);
    await pushImage(secondary, A, same, ['same']);
    const killed = (async () => {
      while (
        !secondary.logs().includes(`/v2/${A}/manifests/v2 `) &&
        !/PUT.*manifests\/v2/.test(secondary.logs())
      )
        await new Promise((resolve) => setTimeout(resolve, 2));
      secondary.process.kill('SIGKILL');
    })();
    const run = await runFix(['scan', '--fix', '--yes', '--retries', '1', A], { primary, secondary });
    await killed;
    expect(run.stderr).not.toContain('defect');
    expect(run.code).toBe(2);
    expect(run.fix.verified).toBe(false);
    const ends = Object.values(run.outcomes);
    expect(ends.filter((end) => end === 'copy failed').length).toBeGreaterThan(0);
    expect(run.outcomes[`${A}:orphan`]).toBe('delete skipped');
    expect(run.report.summary.verdict).toBe('INCOMPLETE');

    const again = await startRealRegistry({
      root: secondary.root,
      port: Number(new URL(secondary.url).port),
    });
    try {
      expect(await readTuples(again.url, A)).toMatchObject({ same: same.digest, orphan: same.digest });
      const args = ['scan', '--fix', '--yes', '--resume', 'out/journal.ndjson'];
      const resumed = await runFix(args, { primary, secondary: again }, { cwd: run.cwd });
      expect(resumed.code).toBe(0);
      expect(await readTuples(again.url, A)).toEqual(await readTuples(primary.url, A));
    } finally {
      await again.stop();
    }
  });
});
