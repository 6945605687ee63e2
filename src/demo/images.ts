import { createHash } from 'node:crypto';
import type { Digest } from '../core/digest.ts';
import { digestOf } from '../core/digest.ts';
import { isSchema1Type, MediaType } from '../core/media-types.ts';
import { schema1Digest, signSchema1 } from './schema1.ts';
import type { RegistryStorage } from './storage.ts';

/** A manifest ready to be pushed. */
export interface BuiltManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** A blob ready to be pushed. */
export interface BuiltBlob {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** Everything a tag needs, in an order in which a registry takes it: blobs, then `manifests` from first to last. */
export interface BuiltImage {
  /** Children before the manifest that lists them; the last is the one to tag. */
  readonly manifests: readonly BuiltManifest[];
  readonly blobs: readonly BuiltBlob[];
  /** Of the manifest to tag. */
  readonly digest: Digest;
  readonly mediaType: string;
}

/** An entry of an OCI index or a Docker manifest list. */
export interface IndexChild {
  readonly image: BuiltImage;
  /** `linux/amd64`, `linux/arm/v7`, …; absent for none. */
  readonly platform?: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: Digest;
}

const ociConfig = 'application/vnd.oci.image.config.v1+json';
const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** A Docker v2 image: one config, one layer. The same seed and platform always give the same bytes. */
export function dockerImage(seed: string, platform = 'linux/amd64'): BuiltImage {
  const config = configBlob(seed, platform);
  const layer = blobOf(seed, `layer ${platform}`);
  const manifest = built(MediaType.dockerManifest, {
    schemaVersion: 2,
    mediaType: MediaType.dockerManifest,
    config: describe('application/vnd.docker.container.image.v1+json', config),
    layers: [describe('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
  });
  return image([manifest], [config, layer]);
}

/** How an OCI image or index differs from the plain one. */
export interface OciOptions {
  /** Whether the body carries `mediaType`; BuildKit often omits it (`docs/facts.md` §7). Default true. */
  readonly withMediaType?: boolean;
  readonly platform?: string;
}

/** An OCI image: one config, one layer. */
export function ociImage(seed: string, options: OciOptions = {}): BuiltImage {
  const { withMediaType = true, platform = 'linux/amd64' } = options;
  const config = configBlob(seed, platform);
  const layer = blobOf(seed, `layer ${platform}`);
  const manifest = built(MediaType.ociManifest, {
    schemaVersion: 2,
    ...(withMediaType && { mediaType: MediaType.ociManifest }),
    config: describe(ociConfig, config),
    layers: [describe(ociLayer, layer)],
  });
  return image([manifest], [config, layer]);
}

/** An OCI index over the given children. */
export function ociIndex(children: readonly IndexChild[], options: OciOptions = {}): BuiltImage {
  const { withMediaType = true } = options;
  return list(MediaType.ociIndex, children, {
    schemaVersion: 2,
    ...(withMediaType && { mediaType: MediaType.ociIndex }),
  });
}

/** An OCI index over new OCI images, one a platform. */
export function ociIndexOf(
  seed: string,
  platforms: readonly string[] = ['linux/amd64', 'linux/arm64'],
  options: OciOptions = {},
): BuiltImage {
  const children = platforms.map((platform) => ({ image: ociImage(seed, { platform }), platform }));
  return ociIndex(children, options);
}

/** A Docker manifest list over the given children. */
export function dockerList(children: readonly IndexChild[]): BuiltImage {
  return list(MediaType.dockerList, children, { schemaVersion: 2, mediaType: MediaType.dockerList });
}

/** A Docker manifest list over new Docker images, one a platform. */
export function dockerListOf(
  seed: string,
  platforms: readonly string[] = ['linux/amd64', 'linux/arm64'],
): BuiltImage {
  return dockerList(platforms.map((platform) => ({ image: dockerImage(seed, platform), platform })));
}

/** A signed Docker schema 1 manifest of one layer. `name` and `tag` are part of the format. */
export function schema1Image(seed: string, name = 'group/project', tag = 'latest'): BuiltImage {
  const layer = blobOf(seed, 'schema 1 layer');
  const id = hexOf(`${seed} id`);
  const compatibility = { id, created: '2015-06-01T00:00:00Z', os: 'linux', architecture: 'amd64' };
  const payload = {
    schemaVersion: 1,
    name,
    tag,
    architecture: 'amd64',
    fsLayers: [{ blobSum: layer.digest }],
    history: [{ v1Compatibility: JSON.stringify(compatibility) }],
  };
  const mediaType = MediaType.dockerSchema1Signed;
  const bytes = signSchema1(JSON.stringify(payload, null, 3));
  return image([{ bytes, mediaType, digest: schema1Digest(bytes) }], [layer]);
}

/** A config-only OCI manifest: no `layers` key, so no blob list at all (gitlab-org/gitlab#600487). */
export function artifact(seed: string): BuiltImage {
  const config = blobOf(seed, 'artifact config');
  const manifest = built(MediaType.ociManifest, {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    artifactType: 'application/vnd.example.note.v1+json',
    config: describe('application/vnd.example.note.v1+json', config),
  });
  return image([manifest], [config]);
}

/** A cosign-like signature: one JSON layer and a `subject`. The subject is not among its `manifests`. */
export function signature(subject: BuiltImage): BuiltImage {
  const config = blobOf(subject.digest, 'signature config');
  const payload = blobOf(subject.digest, 'signature payload');
  const manifest = built(MediaType.ociManifest, {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: describe(ociConfig, config),
    layers: [describe('application/vnd.dev.cosign.simplesigning.v1+json', payload)],
    subject: describe(subject.mediaType, rootOf(subject)),
  });
  return image([manifest], [config, payload]);
}

/** The tag cosign gives the signature of a digest: `sha256-<64 hex>.sig`. */
export function signatureTag(subject: Digest): string {
  return `${subject.replace(':', '-')}.sig`;
}

/** A BuildKit cache: an index whose entries are layers and a cache config, all of them blobs (`docs/facts.md` §7). */
export function buildkitCache(seed: string): BuiltImage {
  const layer = blobOf(seed, 'cached layer');
  const config = blobOf(seed, 'cache config');
  const index = built(MediaType.ociIndex, {
    schemaVersion: 2,
    mediaType: MediaType.ociIndex,
    manifests: [describe(ociLayer, layer), describe('application/vnd.buildkit.cacheconfig.v0', config)],
  });
  return image([index], [layer, config]);
}

/** Any JSON value as a manifest, for shapes no builder here makes. */
export function manifestOf(mediaType: string, value: object, blobs: readonly BuiltBlob[] = []): BuiltImage {
  return image([built(mediaType, value)], blobs);
}

/** A small blob, the same for the same two texts. */
export function blobOf(seed: string, role: string): BuiltBlob {
  const bytes = Buffer.from(`${role} of ${seed}\n${hexOf(`${seed} ${role}`)}\n`);
  return { bytes, digest: digestOf(bytes) };
}

/** Puts an image into a storage, whole, and tags its last manifest. */
export function storeImage(storage: RegistryStorage, path: string, from: BuiltImage, tag?: string): void {
  for (const blob of from.blobs) storage.putBlob(path, blob.bytes);
  for (const manifest of from.manifests) storage.putManifest(path, manifest.bytes, manifest.mediaType);
  if (tag !== undefined) storage.setTag(path, tag, from.digest);
}

function list(mediaType: string, children: readonly IndexChild[], head: object): BuiltImage {
  const manifests = children.map(({ image: child, platform }) => ({
    ...describe(child.mediaType, rootOf(child)),
    ...(platform !== undefined && { platform: platformOf(platform) }),
  }));
  const parent = built(mediaType, { ...head, manifests });
  return image(
    [...children.flatMap((child) => child.image.manifests), parent],
    children.flatMap((child) => child.image.blobs),
  );
}

function image(manifests: readonly BuiltManifest[], blobs: readonly BuiltBlob[]): BuiltImage {
  const root = manifests.at(-1);
  if (!root) throw new TypeError('an image has at least one manifest');
  return { manifests, blobs, digest: root.digest, mediaType: root.mediaType };
}

function rootOf(from: BuiltImage): BuiltManifest {
  const root = from.manifests.at(-1);
  if (!root) throw new TypeError('an image has at least one manifest');
  return root;
}

function built(mediaType: string, value: object): BuiltManifest {
  const bytes = Buffer.from(JSON.stringify(value, null, 2));
  return { bytes, mediaType, digest: isSchema1Type(mediaType) ? schema1Digest(bytes) : digestOf(bytes) };
}

function describe(mediaType: string, content: BuiltBlob): Descriptor {
  return { mediaType, size: content.bytes.length, digest: content.digest };
}

function configBlob(seed: string, platform: string): BuiltBlob {
  const config = {
    ...platformOf(platform),
    created: '2026-01-01T00:00:00Z',
    config: { Labels: { seed } },
    history: [{ created: '2026-01-01T00:00:00Z', created_by: `COPY ${seed} /` }],
    rootfs: { type: 'layers', diff_ids: [`sha256:${hexOf(`${seed} ${platform} diff`)}`] },
  };
  const bytes = Buffer.from(JSON.stringify(config));
  return { bytes, digest: digestOf(bytes) };
}

function platformOf(text: string): { os: string; architecture: string; variant?: string } {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
