import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuiltImage, storeImage } from '../../src/demo/images.ts';
import type { RegistryStorage } from '../../src/demo/storage.ts';
import type { DriftRepository, TagSide } from './random-drift.ts';

type Side = 'primary' | 'secondary';

/** A digest that nothing has. */
const NOWHERE = `sha256:${'dead'.repeat(16)}` as const;
/** What `src/reconcile/placeholder.ts` marks its manifests with. */
const PLACEHOLDER = 'io.gitlab.geo-registry-audit.placeholder';

/** Puts one side of a drift into an embedded registry. */
export function fillEmbedded(storage: RegistryStorage, drift: readonly DriftRepository[], side: Side): void {
  for (const { path, tags, untagged } of drift) {
    if (side === 'primary') for (const image of untagged) storeImage(storage, path, image);
    for (const tag of tags) {
      const at = tag[side];
      if (at.kind === 'image') storeImage(storage, path, at.image, tag.name);
      else if (at.kind === 'broken') storage.breakTagLink(path, tag.name);
      else if (at.kind === 'dangling') storage.setTag(path, tag.name, NOWHERE);
    }
  }
}

/**
 * Puts one side of a drift into a Distribution registry's storage directory, as pushes and faults would leave it:
 * hundreds of tags in the time of a few pushes. The registry may run meanwhile.
 */
export function fillReal(root: string, drift: readonly DriftRepository[], side: Side): void {
  for (const { path, tags, untagged } of drift) {
    const repository = repositoryDir(root, path);
    const written = new Set<string>();
    const write = (image: BuiltImage) => {
      if (!written.has(image.digest)) writeImage(root, repository, image);
      written.add(image.digest);
    };
    if (side === 'primary') for (const image of untagged) write(image);
    for (const { name, [side]: at } of tags) {
      if (at.kind === 'image') write(at.image);
      writeTag(repository, name, at);
    }
  }
}

function writeImage(root: string, repository: string, image: BuiltImage): void {
  for (const { digest, bytes } of [...image.blobs, ...image.manifests]) writeContent(root, digest, bytes);
  for (const { digest } of image.blobs)
    writeFile(join(repository, '_layers', ...digest.split(':'), 'link'), digest);
  for (const { digest } of image.manifests)
    writeFile(join(repository, '_manifests', 'revisions', ...digest.split(':'), 'link'), digest);
}

function writeTag(repository: string, name: string, at: TagSide): void {
  if (at.kind === 'absent') return;
  const link = at.kind === 'image' ? at.image.digest : at.kind === 'dangling' ? NOWHERE : '';
  const tag = join(repository, '_manifests', 'tags', name);
  writeFile(join(tag, 'current', 'link'), link);
  if (link !== '') writeFile(join(tag, 'index', ...link.split(':'), 'link'), link);
}

function writeContent(root: string, digest: string, bytes: Uint8Array): void {
  const [algorithm = '', hex = ''] = digest.split(':');
  const file = join(root, 'docker', 'registry', 'v2', 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
  writeFile(file, bytes);
}

function writeFile(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function repositoryDir(root: string, path: string): string {
  return join(root, 'docker', 'registry', 'v2', 'repositories', ...path.split('/'));
}

/** A fingerprint of all a storage directory holds: names, sizes, times of change. Any write to it shows. */
export function storageFingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const { size, mtimeMs, ctimeMs } = statSync(join(root, entry));
    hash.update(`${entry} ${size} ${mtimeMs} ${ctimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Placeholder manifests that a Distribution registry still serves, by digest. */
export function placeholdersInReal(root: string, path: string): string[] {
  const revisions = join(repositoryDir(root, path), '_manifests', 'revisions', 'sha256');
  return readdirSync(revisions).filter((hex) => {
    const link = readdirSync(join(revisions, hex)).includes('link');
    const data = join(root, 'docker', 'registry', 'v2', 'blobs', 'sha256', hex.slice(0, 2), hex, 'data');
    return link && readFileSync(data, 'utf8').includes(PLACEHOLDER);
  });
}

/** Placeholder manifests that an embedded registry still serves, by digest. */
export function placeholdersInEmbedded(storage: RegistryStorage, path: string): string[] {
  const manifests = storage.repositories.get(path)?.manifests ?? new Map();
  return [...manifests].flatMap(([digest, { bytes }]) =>
    Buffer.from(bytes).includes(PLACEHOLDER) ? [digest] : [],
  );
}
