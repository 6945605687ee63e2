import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type BuiltImage,
  buildkitCache,
  dockerImage,
  ociImage,
  ociIndexOf,
  signature,
} from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import type { TagReport } from '../../src/report/tag-report.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import {
  addTagLinks,
  corruptBlobData,
  removeBlobData,
  removeBlobLink,
  removeRevision,
} from '../support/registry-storage.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'group/project';
const layerOf = (image: BuiltImage) => image.blobs[1]?.digest ?? '';
const reportIn = ({ cwd }: CliResult): Report =>
  reportSchema().parse(JSON.parse(readFileSync(join(cwd, 'out', 'report.json'), 'utf8')));

describeReal('scan --deep of two Distribution registries', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  const sites = () => ['--primary-url', primary.url, '--secondary-url', secondary.url];
  const scan = (...args: string[]) =>
    runCli(['scan', ...sites(), '--settle', '0', '--out', 'out', ...args, PATH]);

  const images: Record<string, BuiltImage> = {
    sound: ociImage('sound'),
    'sound-index': ociIndexOf('sound'),
    cache: buildkitCache('sound'),
    childless: ociIndexOf('childless'),
    hollow: dockerImage('hollow'),
    configless: ociImage('configless'),
    'no-data': ociImage('no-data'),
    corrupt: ociImage('corrupt'),
    short: ociImage('short'),
  };

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    for (const registry of [primary, secondary]) {
      for (const [tag, image] of Object.entries(images)) await pushImage(registry, PATH, image, [tag]);
      await pushImage(registry, PATH, signature(ociImage('subject')), ['signature']);
    }
    await pushImage(primary, PATH, ociImage('subject'), []);
    const { root } = secondary;
    removeRevision(root, PATH, images.childless?.manifests[1]?.digest ?? '');
    removeBlobLink(root, PATH, layerOf(dockerImage('hollow')));
    removeBlobLink(root, PATH, ociImage('configless').blobs[0]?.digest ?? '');
    removeBlobData(root, layerOf(ociImage('no-data')));
    const length = ociImage('corrupt').blobs[1]?.bytes.length ?? 0;
    corruptBlobData(root, layerOf(ociImage('corrupt')), Buffer.alloc(length, 120));
    corruptBlobData(root, layerOf(ociImage('short')), Buffer.from('x'));
  });
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  const causesOf = (report: Report) =>
    Object.fromEntries(report.repositories.at(0)?.tags.map((tag: TagReport) => [tag.name, tag.causes]) ?? []);

  const DEEP_CAUSES = {
    sound: [],
    'sound-index': [],
    cache: [],
    childless: ['BROKEN_INDEX'],
    hollow: ['HOLLOW_MANIFEST'],
    configless: ['HOLLOW_MANIFEST'],
    'no-data': ['HOLLOW_MANIFEST'],
    corrupt: [],
    short: ['INVALID_DIGEST'],
    signature: ['SUBJECT_MISSING'],
  };

  it('finds nothing without --deep', async () => {
    const result = await scan();
    expect(result.code).toBe(0);
  });

  it('finds what is missing, tag by tag, and exits with 1', async () => {
    const result = await scan('--deep');
    expect(result.code).toBe(1);
    const report = reportIn(result);
    expect(causesOf(report)).toEqual(DEEP_CAUSES);
    expect(report.summary).toMatchObject({ verdict: 'OUT-OF-SYNC', tags: { total: 10, MATCH: 10 } });
    expect(result.stdout).toContain('5 tags match and cannot be pulled in group/project');
    expect(result.stdout).toMatch(/childless +.*BROKEN_INDEX/);
  });

  it('--verify-blobs finds bytes that do not hash to their digest as well', async () => {
    const result = await scan('--deep', '--verify-blobs');
    expect(causesOf(reportIn(result))).toEqual({ ...DEEP_CAUSES, corrupt: ['INVALID_DIGEST'] });
  });

  it('snapshots carry the findings: compare gives the report of the scan', async () => {
    const live = reportIn(await scan('--deep'));
    const { cwd } = await runCli([
      'snapshot',
      '--deep',
      '--primary-url',
      primary.url,
      '--out',
      'p.json',
      PATH,
    ]);
    await runCli(['snapshot', '--deep', '--secondary-url', secondary.url, '--out', 's.json', PATH], { cwd });
    const compared = await runCli(['compare', 'p.json', 's.json', '--out', 'out'], { cwd });
    expect(compared).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Wrote .*\n$/) });
    expect(reportIn(compared).repositories).toEqual(live.repositories);
  });

  it('a plan copies what is missing', async () => {
    const { cwd } = await scan('--deep');
    const planned = await runCli(['plan', join('out', 'report.json'), '--format', 'json'], { cwd });
    const plan = JSON.parse(planned.stdout) as {
      repositories: { actions: { type: string; tag: string }[] }[];
    };
    const copies = plan.repositories
      .at(0)
      ?.actions.filter(({ type }) => type === 'copy')
      .map(({ tag }) => tag);
    expect(copies).toEqual(
      expect.arrayContaining(['childless', 'hollow', 'configless', 'no-data', 'signature']),
    );
  });

  it('--verify-blobs without --deep is a usage error', async () => {
    const { code, stderr } = await scan('--verify-blobs');
    expect(code).toBe(3);
    expect(stderr).toContain('--verify-blobs needs --deep');
  });
});

describeReal('the cost of --deep', () => {
  it('over 1,000 tags of 60 images is each question once, by the access log', async () => {
    const images = Array.from({ length: 60 }, (_, n) =>
      n % 2 === 0 ? ociImage(`i${n}`) : ociIndexOf(`i${n}`, ['linux/amd64']),
    );
    // Filled once and served twice; the access log alone, so that all of it is kept.
    const shared = { root: makeTempDir('shared'), config: { log: { level: 'error' } } };
    const seed = await startRealRegistry(shared);
    for (const [n, image] of images.entries()) {
      await pushImage(seed, PATH, image, [`t${n}`]);
      const others = Array.from({ length: 16 }, (_, round) => n + 60 * (round + 1));
      const tags = others.filter((tag) => tag < 1000).map((tag) => `t${tag}`);
      addTagLinks(shared.root, PATH, image.digest, tags);
    }
    await seed.stop();
    const [primary, secondary] = await Promise.all([startRealRegistry(shared), startRealRegistry(shared)]);
    try {
      const urls = ['--primary-url', primary.url, '--secondary-url', secondary.url];
      const result = await runCli(['scan', ...urls, '--settle', '0', '--deep', '--out', 'out', PATH]);
      expect(result.code).toBe(0);
      expect(reportIn(result).summary.tags).toMatchObject({ total: 1000, MATCH: 1000 });
      const asked = { primary: linesOf(primary), secondary: linesOf(secondary) };
      const manifests = new Set(images.flatMap((image) => image.manifests.map(({ digest }) => digest)));
      const blobs = new Set(images.flatMap((image) => image.blobs.map(({ digest }) => digest)));
      for (const lines of [asked.primary, asked.secondary]) {
        const digests = lines.map((line) => line.split('/').at(-1));
        expect(new Set(digests)).toEqual(new Set([...manifests, ...blobs]));
        expect(digests).toHaveLength(manifests.size + blobs.size);
      }
      const reads = [...asked.primary, ...asked.secondary].filter((line) => line.startsWith('GET '));
      expect(reads).toHaveLength(manifests.size);
    } finally {
      await Promise.all([primary.stop(), secondary.stop()]);
    }
  }, 120_000);
});

/** The access log's requests by digest, `HEAD /v2/…/manifests/sha256:…`. */
function linesOf(registry: RealRegistry): string[] {
  return [
    ...registry.logs().matchAll(/"((?:GET|HEAD) \/v2\/\S+\/(?:manifests|blobs)\/sha256:[0-9a-f]{64}) HTTP/g),
  ].map((match) => match[1] ?? '');
}
