import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Faults of a real registry's filesystem storage, made as `docs/facts.md` §5 describes them. The registry may run
 * meanwhile: without a configured cache Distribution reads its links anew on every request.
 * Each throws when what it is to break is not there, so that no test breaks nothing by mistake.
 */

/** Empties the tag's link: Distribution answers 500 `UNKNOWN`, the tag is still listed. */
export function breakTagLink(root: string, path: string, tag: string): void {
  truncateSync(tagLink(root, path, tag), 0);
}

/** Fills the tag's link with other text (a digest that does not exist, or no digest at all). */
export function writeTagLink(root: string, path: string, tag: string, text: string): void {
  const file = tagLink(root, path, tag);
  statSync(file);
  writeFileSync(file, text);
}

/**
 * Tags a manifest that was pushed, by writing the links a push would write: for thousands of tags, where
 * `pushTags` takes milliseconds each.
 */
export function addTagLinks(root: string, path: string, digest: string, tags: readonly string[]): void {
  statSync(join(repositoryDir(root, path), '_manifests', 'revisions', ...digest.split(':'), 'link'));
  for (const tag of tags) {
    const directory = join(repositoryDir(root, path), '_manifests', 'tags', tag);
    for (const part of [['current'], ['index', ...digest.split(':')]]) {
      mkdirSync(join(directory, ...part), { recursive: true });
      writeFileSync(join(directory, ...part, 'link'), digest);
    }
  }
}

/** Takes a manifest out of the repository: its tags answer 404 `MANIFEST_UNKNOWN`, an index over it stays. */
export function removeRevision(root: string, path: string, digest: string): void {
  rmSync(join(repositoryDir(root, path), '_manifests', 'revisions', ...digest.split(':')), {
    recursive: true,
  });
}

/** Takes a config or layer blob out of the repository; the content stays for other repositories. */
export function removeBlobLink(root: string, path: string, digest: string): void {
  rmSync(join(repositoryDir(root, path), '_layers', ...digest.split(':')), { recursive: true });
}

/** Takes content (blob or manifest) out of the whole registry, leaving the links to it. */
export function removeBlobData(root: string, digest: string): void {
  rmSync(blobDir(root, digest), { recursive: true });
}

/** Replaces the stored bytes of a blob or manifest: they no longer hash to their digest. */
export function corruptBlobData(root: string, digest: string, bytes: Uint8Array): void {
  const file = join(blobDir(root, digest), 'data');
  statSync(file);
  writeFileSync(file, bytes);
}

/** The repository's tags with the text of their links, as they are on disk. */
export function listTagLinks(root: string, path: string): Map<string, string> {
  const tags = readdirSync(join(repositoryDir(root, path), '_manifests', 'tags')).sort();
  return new Map(tags.map((tag) => [tag, readFileSync(tagLink(root, path, tag), 'utf8')]));
}

function repositoryDir(root: string, path: string): string {
  return join(root, 'docker', 'registry', 'v2', 'repositories', ...path.split('/'));
}

function tagLink(root: string, path: string, tag: string): string {
  return join(repositoryDir(root, path), '_manifests', 'tags', tag, 'current', 'link');
}

function blobDir(root: string, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(root, 'docker', 'registry', 'v2', 'blobs', algorithm, hex.slice(0, 2), hex);
}
