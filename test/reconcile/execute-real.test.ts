import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as images from '../../src/demo/images.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import { inWords, readTagState } from '../../src/reconcile/tag-state.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { breakTagLink, listTagLinks, removeBlobLink, removeRevision } from '../support/registry-storage.ts';
import { apply, connect, disconnectAll, fix, outcomes, type Sites, scanNow } from './support.ts';

describeReal('on two real Distribution registries', () => {
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

  const both = async (path: string, image: images.BuiltImage, tags: string[]) => {
    for (const site of [primary, secondary]) await pushImage(site, path, image, tags);
  };
  const links = (site: RealRegistry, path: string) => Object.fromEntries(listTagLinks(site.root, path));

  test('every kind of drift is mended; siblings and matching tags keep their digests at every moment', async () => {
    const path = 'drift/every-kind';
    const same = images.ociImage('same');
    const signed = images.ociImage('signed');
    await both(path, same, ['same', 'same-2']);
    await both(path, signed, ['signed']);
    const drift: Array<[string, images.BuiltImage]> = [
      ['moved', images.dockerImage('new')],
      ['index', images.ociIndexOf('index')],
      ['bare-index', images.ociIndexOf('bare', undefined, { withMediaType: false })],
      [
        'nested',
        images.ociIndex([{ image: images.ociIndexOf('inner') }, { image: images.ociImage('leaf') }]),
      ],
      ['list', images.dockerListOf('list')],
      ['no-media-type', images.ociImage('no type', { withMediaType: false })],
      ['cache', images.buildkitCache('cache')],
      ['note', images.artifact('note')],
      [images.signatureTag(signed.digest), images.signature(signed)],
      ['repaired', images.ociImage('repaired')],
      ['same-again', same],
    ];
    for (const [tag, image] of drift) await pushImage(primary, path, image, [tag]);
    await pushImage(secondary, path, images.dockerImage('old'), ['moved']);
    await pushImage(secondary, path, same, ['orphan-of-same']);
    await pushImage(secondary, path, images.ociImage('gone'), ['orphan', 'broken-1', 'broken-2', 'repaired']);
    await pushImage(secondary, path, images.ociImage('dangling'), ['dangling']);
    for (const tag of ['broken-1', 'broken-2', 'repaired']) breakTagLink(secondary.root, path, tag);
    removeRevision(secondary.root, path, images.ociImage('dangling').digest);
    const before = links(secondary, path);

    const seen = new Set<string>();
    let watching = true;
    const watch = (async () => {
      while (watching) {
        for (const tag of ['same', 'same-2', 'signed']) {
          const read = () => readTagState(sites.secondary.client, path, tag, 'secondary');
          let state = await read();
          // Distribution rewrites a manifest's link when it is pushed again under another tag: who reads in
          // that moment gets a 500, and the next moment the digest.
          for (let i = 0; i < 50 && state.kind === 'unresolvable' && state.status >= 500; i++)
            state = await read();
          seen.add(`${tag} ${inWords(state)}`);
        }
      }
    })();
    const { actions, after } = await fix(sites, [path]);
    watching = false;
    await watch;

    expect(actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(links(secondary, path)).toEqual(links(primary, path));
    expect(after.summary.verdict).toBe('IN-SYNC');
    expect([...seen].sort()).toEqual(['same', 'same-2', 'signed'].map((tag) => `${tag} ${before[tag]}`));
    expect((await fix(sites, [path])).plan.repositories).toEqual([]);
  });

  test('an orphan that nothing can repair keeps every delete from being tried', async () => {
    const path = 'drift/hopeless';
    await both(path, images.ociImage('same'), ['same', 'broken-everywhere']);
    await pushImage(secondary, path, images.ociImage('gone'), ['orphan']);
    breakTagLink(primary.root, path, 'broken-everywhere');
    breakTagLink(secondary.root, path, 'broken-everywhere');
    const before = links(secondary, path);

    const { actions } = await fix(sites, [path]);

    expect(outcomes(actions)).toEqual({ orphan: 'delete failed', 'broken-everywhere': 'none skipped' });
    expect(actions[0]?.detail).toContain('the tag broken-everywhere is broken on the secondary');
    expect(links(secondary, path)).toEqual(before);
  });

  test('a layer in pieces arrives whole, and is mounted into the next repository', async () => {
    const path = 'drift/large';
    const bytes = Buffer.alloc(5 * 1024 * 1024 + 17, 'layer of many bytes ');
    const layer = { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
    const config = images.blobOf('large', 'config');
    const image = images.manifestOf(
      'application/vnd.oci.image.manifest.v1+json',
      {
        schemaVersion: 2,
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: config.digest,
          size: config.bytes.length,
        },
        layers: [
          { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: bytes.length },
        ],
      },
      [config, layer],
    );
    for (const repository of [path, `${path}-2`]) await pushImage(primary, repository, image, ['large']);

    const { actions, after } = await fix(sites, [path, `${path}-2`], { chunkBytes: 2 * 1024 * 1024 });

    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(after.summary.verdict).toBe('IN-SYNC');
    expect(actions[0]?.bytes).toBeGreaterThan(bytes.length);
    expect(actions[1]?.bytes).toBeLessThan(10_000);
  });

  test('what is missing below a tag that matches is copied again when the report says so', async () => {
    const path = 'drift/hollow';
    const image = images.ociIndexOf('hollow');
    await both(path, image, ['hollow']);
    const [child] = image.manifests;
    const layer = image.blobs[1];
    if (child === undefined || layer === undefined) throw new TypeError('an index has children and layers');
    removeRevision(secondary.root, path, child.digest);
    removeBlobLink(secondary.root, path, layer.digest);
    const scanned = await scanNow(sites, [path]);
    const repositories = scanned.repositories.map((repository) => ({
      ...repository,
      tags: repository.tags.map((tag) => ({ ...tag, causes: ['BROKEN_INDEX'] })),
    }));
    const report = { ...scanned, repositories };
    const plan = planReconcile(report, { createdAt: report.run.startedAt });

    const { actions } = await apply(plan, sites, [path]);

    expect(outcomes(actions)).toEqual({ hollow: 'copy done' });
    const state = await readTagState(sites.secondary.client, path, child.digest, 'secondary');
    expect(state).toEqual({ kind: 'resolved', digest: child.digest });
  });

  test('a registry in maintenance mode refuses every action in its own words and is left as it was', async () => {
    const path = 'drift/read-only';
    await both(path, images.ociImage('same'), ['same']);
    await pushImage(primary, path, images.ociImage('new'), ['new']);
    const locked = await startRealRegistry({ root: secondary.root, readOnly: true });
    const lockedSites = { ...sites, secondary: connect(locked.url, 'secondary') };
    try {
      const { actions } = await fix(lockedSites, [path]);
      expect(outcomes(actions)).toEqual({ new: 'copy failed' });
      expect(actions[0]?.detail).toMatch(/405/);
    } finally {
      await locked.stop();
    }
    expect(Object.keys(links(secondary, path))).toEqual(['same']);
  });

  test('a secondary that is gone fails the rest at once', async () => {
    const path = 'drift/dying';
    const dying = await startRealRegistry();
    const dyingSites = { ...sites, secondary: connect(dying.url, 'secondary') };
    for (const tag of ['a', 'b', 'c', 'd', 'e', 'f'])
      await pushImage(primary, path, images.ociImage(tag), [tag]);
    const { actions } = await fix(
      dyingSites,
      [path],
      { copies: 1 },
      {
        onEvent: (event) => {
          if (event.type === 'action-done' && event.result.tag === 'b') dying.process.kill('SIGKILL');
        },
      },
    );
    await dying.stop();
    expect(Object.values(outcomes(actions)).slice(0, 2)).toEqual(['copy done', 'copy done']);
    expect(Object.values(outcomes(actions)).slice(2)).toEqual(Array(4).fill('copy failed'));
    expect(actions[5]?.detail).toMatch(/stopped answering/);
  });
});
