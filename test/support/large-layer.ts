import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { MediaType } from '../../src/core/media-types.ts';
import { manifestOf } from '../../src/demo/images.ts';
import { type FixRun, type FixSites, runFix } from './fix-run.ts';
import { pushBlob, putManifest } from './push.ts';
import type { RealRegistry } from './real-registry.ts';
import { makeTempDir } from './temp-dir.ts';

const MIB = 1024 * 1024;

/**
 * Puts an image with one layer of so many bytes into a real registry's storage, as a sparse file with a mark at every
 * mebibyte, so that no two of its parts are equal and the disk holds next to nothing of it.
 *
 * @returns the layer's digest
 */
export async function putLargeImage(
  registry: RealRegistry,
  path: string,
  tag: string,
  size: number,
): Promise<string> {
  const temporary = join(registry.root, 'layer');
  const file = openSync(temporary, 'w');
  ftruncateSync(file, size);
  for (let at = 0; at < size; at += MIB) writeSync(file, `mebibyte ${at / MIB} of ${tag}`, at);
  closeSync(file);
  const digest = await digestOfFile(temporary);
  const data = dataFile(registry, digest);
  mkdirSync(dirname(data), { recursive: true });
  renameSync(temporary, data);
  const repository = join(registry.root, 'docker', 'registry', 'v2', 'repositories', ...path.split('/'));
  const link = join(repository, '_layers', ...digest.split(':'));
  mkdirSync(link, { recursive: true });
  writeFileSync(join(link, 'link'), digest);

  const config = { bytes: Buffer.from('{}'), digest: sha256('{}') };
  await pushBlob(registry, path, config);
  const image = manifestOf(MediaType.ociManifest, {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: 2 },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size }],
  });
  for (const manifest of image.manifests) await putManifest(registry, path, tag, manifest);
  return digest;
}

/** The digest of a blob's bytes as they lie in a real registry's storage. */
export function digestInStorage(registry: RealRegistry, digest: string): Promise<string> {
  return digestOfFile(dataFile(registry, digest));
}

/** Runs a fix and measures the command's peak memory, in bytes. */
export async function runFixMeasured(
  args: readonly string[],
  sites: FixSites,
  guard?: number,
): Promise<{ readonly run: FixRun; readonly peakMemory: number }> {
  const directory = makeTempDir('memory');
  const script = join(directory, 'measure.mjs');
  const file = join(directory, 'peak');
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS)));`,
  );
  const run = await runFix(args, sites, {
    nodeArgs: ['--import', script],
    ...(guard !== undefined && { guard }),
  });
  return { run, peakMemory: Number(readFileSync(file, 'utf8')) * 1024 };
}

function dataFile({ root }: RealRegistry, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(root, 'docker', 'registry', 'v2', 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: MIB })) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
