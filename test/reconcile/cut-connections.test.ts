import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as images from '../../src/demo/images.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { connect, disconnectAll, fix, outcomes } from './support.ts';

const MiB = 1024 * 1024;
const OCI = 'application/vnd.oci.image.manifest.v1+json';

describeReal('a large layer between real registries over lines that are cut', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let proxy: CuttingProxy;

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
  });
  afterEach(async () => {
    await disconnectAll();
    await proxy.close();
  });
  afterAll(async () => {
    await Promise.all([primary.stop(), secondary.stop()]);
  });

  async function pushLarge(path: string): Promise<number> {
    const bytes = randomBytes(24 * MiB);
    const layer = { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
    const config = images.blobOf(path, 'config');
    const reference = ({ bytes: { length: size }, digest }: images.BuiltBlob, mediaType: string) => ({
      mediaType,
      size,
      digest,
    });
    const value = {
      schemaVersion: 2,
      config: reference(config, 'application/vnd.oci.image.config.v1+json'),
      layers: [reference(layer, 'application/vnd.oci.image.layer.v1.tar')],
    };
    await pushImage(primary, path, images.manifestOf(OCI, value, [config, layer]), ['large']);
    return bytes.length;
  }

  test('the download: goes on by Range, in one upload', async () => {
    const length = await pushLarge('cut/download');
    proxy = await startCuttingProxy(primary.url, { direction: 'down', afterBytes: 6 * MiB, times: 3 });
    const sites = { primary: connect(proxy.url), secondary: connect(secondary.url, 'secondary') };

    const { actions, after } = await fix(sites, ['cut/download']);

    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(proxy.cuts()).toBe(3);
    expect(actions[0]?.bytes).toBeLessThan(length + 10_000);
    expect(after.summary.verdict).toBe('IN-SYNC');
    // One for the layer and one for the config.
    expect(secondary.logs().match(/"POST \/v2\/cut\/download\/blobs\/uploads\//g)).toHaveLength(2);
  });

  test('the upload: begins again, because Distribution gives up the session of a PATCH that broke off', async () => {
    const length = await pushLarge('cut/upload');
    proxy = await startCuttingProxy(secondary.url, { direction: 'up', afterBytes: 6 * MiB, times: 2 });
    const sites = { primary: connect(primary.url), secondary: connect(proxy.url, 'secondary') };

    const { actions, after } = await fix(sites, ['cut/upload'], { chunkBytes: 64 * MiB });

    expect(outcomes(actions)).toEqual({ large: 'copy done' });
    expect(proxy.cuts()).toBe(2);
    expect(after.summary.verdict).toBe('IN-SYNC');
    expect(actions[0]?.bytes).toBeLessThan(3 * length);
  });

  test('the upload: is given up where it is cut every time, and nothing is committed', async () => {
    await pushLarge('cut/hopeless');
    proxy = await startCuttingProxy(secondary.url, {
      direction: 'up',
      afterBytes: 6 * MiB,
      times: Number.POSITIVE_INFINITY,
    });
    const sites = { primary: connect(primary.url), secondary: connect(proxy.url, 'secondary') };

    const { actions } = await fix(sites, ['cut/hopeless'], { chunkBytes: 64 * MiB });

    expect(outcomes(actions)).toEqual({ large: 'copy failed' });
  });
});
