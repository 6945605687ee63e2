import { request } from 'undici';
import type { Digest } from '../../../src/core/digest.ts';
import type { EmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { type PushableImage, pushImage } from '../../support/push.ts';
import type { RealRegistry } from '../../support/real-registry.ts';
import { addTagLinks, breakTagLink, removeRevision, writeTagLink } from '../../support/registry-storage.ts';
import type { ModelLink, ModelRepository, ModelSite } from './oracle.ts';
import type { Scenario } from './scenario.ts';

const NOWHERE = `sha256:${'dead'.repeat(16)}` as const;

/**
 * Makes one side of a scenario in a Distribution registry: every manifest is pushed, its first tag too; the links of
 * further tags are written as a push writes them, and the faults are made in the storage at the end.
 */
export async function fillReal(registry: RealRegistry, scenario: Scenario, site: ModelSite): Promise<void> {
  for (const { path, [site]: side } of scenario.repositories) {
    if (!side.known) continue;
    const images = imagesOf(scenario, path);
    if (side.tags.size === 0) {
      await pushAndTakeAway(registry, path, [...images.values()][0]);
      continue;
    }
    const anyDigest = [...images.keys()][0] ?? '';
    const byDigest = new Map<string, string[]>();
    for (const [name, link] of side.tags) {
      const digest = typeof link === 'string' ? anyDigest : link.digest;
      byDigest.set(digest, [...(byDigest.get(digest) ?? []), name]);
    }
    for (const [digest, [first = '', ...others]] of byDigest) {
      await pushImage(registry, path, imageOf(images, digest), [first]);
      addTagLinks(registry.root, path, digest, others);
    }
    for (const [name, link] of side.tags) {
      if (link === 'empty') breakTagLink(registry.root, path, name);
      if (link === 'nowhere') writeTagLink(registry.root, path, name, NOWHERE);
    }
    const pushed = new Set([...byDigest.keys()].flatMap((digest) => below(imageOf(images, digest))));
    for (const digest of side.lost) if (pushed.has(digest)) removeRevision(registry.root, path, digest);
  }
}

/** The same in an embedded registry. */
export function fillEmbedded({ storage }: EmbeddedRegistry, scenario: Scenario, site: ModelSite): void {
  for (const { path, [site]: side } of scenario.repositories) {
    if (!side.known) continue;
    const images = imagesOf(scenario, path);
    storage.repository(path).tagged = true;
    for (const [name, link] of side.tags) putTag(name, link);
    for (const digest of side.lost) storage.removeManifest(path, digest as Digest);

    function putTag(name: string, link: ModelLink): void {
      if (link === 'empty') storage.breakTagLink(path, name);
      else if (link === 'nowhere') storage.setTag(path, name, NOWHERE);
      else {
        const image = imageOf(images, link.digest);
        for (const blob of image.blobs) storage.putBlob(path, blob.bytes);
        for (const manifest of image.manifests) storage.putManifest(path, manifest.bytes, manifest.mediaType);
        storage.setTag(path, name, link.digest as Digest);
      }
    }
  }
}

/** Refuses what the model says cannot be read there: 403 in the place of the registry's own answer. */
export function refuseUnread(registry: EmbeddedRegistry, scenario: Scenario, site: ModelSite): void {
  const models = new Map(scenario.repositories.map((model) => [model.path, model]));
  registry.options.fault = ({ path }) => {
    const [, repository = '', tag] = /^\/v2\/(.+)\/manifests\/([^?]+)$/.exec(path) ?? [];
    if (tag !== undefined && models.get(repository)?.[site].unread.has(tag)) return { status: 403 };
    const [, list = ''] = /^\/(?:v2|gitlab\/v1\/repositories)\/(.+)\/tags\/list/.exec(path) ?? [];
    return models.get(list)?.[site].listRefused ? { status: 403 } : undefined;
  };
}

async function pushAndTakeAway(registry: RealRegistry, path: string, image: PushableImage | undefined) {
  if (image === undefined) throw new Error(`no image for ${path}`);
  await pushImage(registry, path, image, ['gone']);
  const { statusCode, body } = await request(`${registry.url}/v2/${path}/manifests/${image.digest}`, {
    method: 'DELETE',
  });
  await body.dump();
  if (statusCode !== 202) throw new Error(`DELETE in ${path}: ${statusCode}`);
}

function below({ manifests, digest }: PushableImage): string[] {
  return [digest, ...manifests.map((manifest) => manifest.digest)];
}

function imagesOf(scenario: Scenario, path: ModelRepository['path']): ReadonlyMap<string, PushableImage> {
  const images = scenario.images.get(path);
  if (images === undefined) throw new Error(`no images for ${path}`);
  return images;
}

function imageOf(images: ReadonlyMap<string, PushableImage>, digest: string): PushableImage {
  const image = images.get(digest);
  if (image === undefined) throw new Error(`no image ${digest}`);
  return image;
}
