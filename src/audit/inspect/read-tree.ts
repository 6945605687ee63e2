import { forEachConcurrent } from '../../core/concurrency.ts';
import type { Digest } from '../../core/digest.ts';
import { isManifestPart, type ParsedManifest, parseManifest } from '../../core/manifest.ts';
import type { TreeNode } from '../../report/inspection.ts';
import type { ReadError } from '../../report/snapshot.ts';
import { type ContentSource, type Presence, readManifest, seeBlob } from '../deep/ask-content.ts';

/** A site's image with everything below it. */
export interface SiteTree {
  readonly root: TreeNode;
  /** Every manifest that was read, whole. */
  readonly manifests: ReadonlyMap<Digest, ParsedManifest>;
  /** Why pieces are `unread`, one of each kind. */
  readonly errors: readonly ReadError[];
}

type Wanted = Pick<TreeNode, 'role' | 'digest' | 'mediaType' | 'size' | 'platform'>;

const DEEPEST = 8;
const PARTS_AT_ONCE = 4;
/** No image has so many; an index may name itself's children a thousand times, and each of them as many again. */
const MOST_NODES = 2000;

/**
 * Reads the tree below a manifest: manifests are fetched and hashed, blobs asked for, each digest once. A manifest
 * whose parts do not fit the limit is `unread` and has those that do; why is among the errors.
 */
export async function readTree(
  source: ContentSource,
  root: { readonly digest: Digest; readonly mediaType: string | null; readonly size: number },
): Promise<SiteTree> {
  const manifests = new Map<Digest, ParsedManifest>();
  const errors = new Map<string, ReadError>();
  const looks = new Map<Digest, Promise<Presence>>();
  let room = MOST_NODES - 1;

  function look(wanted: Wanted): Promise<Presence> {
    let known = looks.get(wanted.digest);
    if (known === undefined) {
      known = isManifestPart(wanted) ? lookAtManifest(wanted.digest) : seeBlob(source, wanted.digest);
      looks.set(wanted.digest, known);
    }
    return known;
  }

  async function lookAtManifest(digest: Digest): Promise<Presence> {
    const reading = await readManifest(source, digest);
    if (reading.state !== 'present') return reading;
    const parsed = parseManifest(reading.manifest.bytes);
    if (parsed === null) return { state: 'corrupt', found: 'what is no JSON object' };
    manifests.set(digest, parsed);
    return { state: 'present', size: reading.manifest.bytes.length };
  }

  async function nodeOf(wanted: Wanted, depth: number): Promise<TreeNode> {
    const presence = await look(wanted);
    if (presence.state === 'failed') {
      errors.set(`${presence.error.code} ${presence.error.status}`, presence.error);
      return { ...wanted, state: 'unread', parts: [] };
    }
    if (presence.state === 'corrupt')
      return { ...wanted, state: 'corrupt', found: presence.found, parts: [] };
    if (presence.state === 'missing') return { ...wanted, state: 'missing', parts: [] };
    const { size } = presence;
    if (size !== null && wanted.size !== null && size !== wanted.size) {
      const found = `${size} bytes instead of ${wanted.size}`;
      return { ...wanted, state: 'corrupt', found, parts: [] };
    }
    const manifest = isManifestPart(wanted) ? manifests.get(wanted.digest) : undefined;
    const { parts, isCut } =
      manifest === undefined ? { parts: [], isCut: false } : await partsOf(manifest, depth);
    return { ...wanted, size: wanted.size ?? size, state: isCut ? 'unread' : 'present', parts };
  }

  async function partsOf(
    { parts, invalid }: ParsedManifest,
    depth: number,
  ): Promise<{ parts: TreeNode[]; isCut: boolean }> {
    const nodes: TreeNode[] = [];
    const taken = parts.slice(0, room);
    const bad = invalid.slice(0, room - taken.length);
    room -= taken.length + bad.length;
    const isCut = taken.length + bad.length < parts.length + invalid.length;
    if (isCut) {
      const message = `the image has more than ${MOST_NODES} parts; the others were not looked at`;
      errors.set('TOO_MANY_PARTS', { code: 'TOO_MANY_PARTS', status: null, message });
    }
    await forEachConcurrent(taken.entries(), PARTS_AT_ONCE, async ([index, part]) => {
      const { role, digest, mediaType, size, platform, isForeign } = part;
      const wanted = { role, digest, mediaType, size, platform };
      if (isForeign) nodes[index] = { ...wanted, state: 'foreign', parts: [] };
      else if (depth >= DEEPEST && isManifestPart(part)) nodes[index] = tooDeep(wanted);
      else nodes[index] = await nodeOf(wanted, depth + 1);
    });
    const found = 'a digest that is none';
    const corrupt = bad.map(
      (part): TreeNode => ({
        ...part,
        platform: null,
        state: 'corrupt',
        found,
        parts: [],
      }),
    );
    return { parts: [...nodes, ...corrupt], isCut };
  }

  function tooDeep(wanted: Wanted): TreeNode {
    const message = `manifests are nested more than ${DEEPEST} deep at ${wanted.digest}`;
    errors.set('NESTED_TOO_DEEP', { code: 'NESTED_TOO_DEEP', status: null, message });
    return { ...wanted, state: 'unread', parts: [] };
  }

  const top = await nodeOf({ role: 'manifest', platform: null, ...root }, 0);
  return { root: top, manifests, errors: [...errors.values()] };
}
