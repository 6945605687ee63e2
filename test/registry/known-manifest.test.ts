import { expect, onTestFinished, test } from 'vitest';
import { NARROW, WIDE } from '../../src/core/accept.ts';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, ociIndex, storeImage } from '../../src/demo/images.ts';
import { headKnownManifest } from '../../src/registry/manifests.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, startRealRegistry } from '../support/real-registry.ts';
import { removeRevision } from '../support/registry-storage.ts';
import { connected } from './support/connected.ts';

const PATH = 'group/project';
const OTHER = `sha256:${'b'.repeat(64)}`;
const index = ociIndex([{ image: ociImage('one'), platform: 'linux/amd64' }]);

test('the embedded registry: unchanged, or what it is now', async () => {
  const registry = await startEmbeddedRegistry();
  onTestFinished(registry.close);
  storeImage(registry.storage, PATH, index, 'latest');
  const ask = (known: string) => headKnownManifest(connected(registry.url), PATH, 'latest', WIDE, known);
  expect(await ask(index.digest)).toEqual({ kind: 'unchanged', digest: index.digest });
  expect(await ask(OTHER)).toMatchObject({ kind: 'found', digest: index.digest });
});

describeReal('Distribution', () => {
  test('what a 304 says, and what it does not', async () => {
    const registry = await startRealRegistry();
    onTestFinished(registry.stop);
    await pushImage(registry, PATH, index, ['latest']);
    const client = connected(registry.url);
    const unchanged = { kind: 'unchanged', digest: index.digest };
    expect(await headKnownManifest(client, PATH, 'latest', WIDE, index.digest)).toEqual(unchanged);
    expect(await headKnownManifest(client, PATH, 'latest', WIDE, OTHER)).toMatchObject({
      kind: 'found',
      digest: index.digest,
    });
    // Without the condition the narrow answer is 404.
    expect(await headKnownManifest(client, PATH, 'latest', NARROW, OTHER)).toMatchObject({ status: 404 });
    expect(await headKnownManifest(client, PATH, 'latest', NARROW, index.digest)).toEqual(unchanged);
    // The tag leads to a manifest that is gone.
    removeRevision(registry.root, PATH, index.digest);
    expect(await headKnownManifest(client, PATH, 'latest', WIDE, OTHER)).toMatchObject({ status: 404 });
    expect(await headKnownManifest(client, PATH, 'latest', WIDE, index.digest)).toEqual(unchanged);
  });
});
