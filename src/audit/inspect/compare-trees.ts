import { compareBytes } from '../../core/byte-order.ts';
import type { Digest } from '../../core/digest.ts';
import type { ManifestPart, ParsedManifest, PartRole } from '../../core/manifest.ts';
import { canonicalDigest } from '../../report/canonical.ts';
import type { TreeDifference } from '../../report/inspection.ts';

/** A manifest and those below it, by digest. */
export interface ComparedTree {
  readonly digest: Digest;
  readonly manifests: ReadonlyMap<Digest, ParsedManifest>;
}

/** Fields that are compared one by one. */
const KNOWN_FIELDS = [
  'config',
  'layers',
  'blobs',
  'manifests',
  'fsLayers',
  'subject',
  'annotations',
  'mediaType',
];
const LONGEST_VALUE = 200;
/** More tell a reader nothing; indexes that name each other's children again and again have no end of them. */
const MOST_DIFFERENCES = 1000;

/**
 * Where two images differ, from the outside in: platform, config, layer, annotation, or the bytes alone. Past the first
 * thousand differences there is one more that says so.
 */
export function compareTrees(primary: ComparedTree, secondary: ComparedTree): TreeDifference[] {
  const differences: TreeDifference[] = [];
  for (const one of compareManifests('', primary.digest, secondary.digest, primary, secondary)) {
    if (differences.length === MOST_DIFFERENCES) {
      const which = 'and more, which are not listed';
      differences.push({ in: '', what: 'content', which, primary: null, secondary: null });
      break;
    }
    differences.push(one);
  }
  return differences;
}

function* compareManifests(
  where: string,
  ours: Digest,
  theirs: Digest,
  primary: ComparedTree,
  secondary: ComparedTree,
): Generator<TreeDifference> {
  if (ours === theirs) return;
  const difference = (
    what: TreeDifference['what'],
    which: string | null,
    left: string | null,
    right: string | null,
  ): TreeDifference => ({ in: where, what, which, primary: left, secondary: right });
  const a = primary.manifests.get(ours);
  const b = secondary.manifests.get(theirs);
  if (a === undefined || b === undefined) {
    yield difference('content', null, ours, theirs);
    return;
  }
  if (isSameJson(a.json, b.json)) {
    yield difference('bytes only', null, ours, theirs);
    return;
  }
  let isExplained = false;
  const say = (...of: Parameters<typeof difference>) => {
    isExplained = true;
    return difference(...of);
  };
  if (a.mediaType !== b.mediaType) yield say('media type', null, a.mediaType, b.mediaType);
  if (a.kind !== b.kind) {
    yield say('kind', null, a.kind, b.kind);
    return;
  }
  const [left, right] = [childrenOf(a), childrenOf(b)];
  for (const platform of keysOf(left, right)) {
    const [our, their] = [left.get(platform), right.get(platform)];
    if (our === undefined || their === undefined) {
      yield say('platform', platform, our?.digest ?? null, their?.digest ?? null);
    } else if (our.digest !== their.digest) {
      isExplained = true;
      const below = where === '' ? platform : `${where} > ${platform}`;
      yield* compareManifests(below, our.digest, their.digest, primary, secondary);
    }
  }
  for (const role of ['config', 'layer', 'blob', 'subject'] as const) {
    const [ourParts, theirParts] = [partsOf(a, role), partsOf(b, role)];
    const many = role === 'layer' || role === 'blob';
    for (let index = 0; index < Math.max(ourParts.length, theirParts.length); index++) {
      const [our, their] = [ourParts[index]?.digest ?? null, theirParts[index]?.digest ?? null];
      if (our !== their) yield say(role, many ? String(index + 1) : null, our, their);
    }
  }
  for (const key of keysOf(new Map(Object.entries(a.annotations)), new Map(Object.entries(b.annotations)))) {
    const [our, their] = [a.annotations[key] ?? null, b.annotations[key] ?? null];
    if (our !== their) yield say('annotation', key, cut(our), cut(their));
  }
  const fields = [...new Set([...Object.keys(a.json), ...Object.keys(b.json)])].sort(compareBytes);
  for (const field of fields.filter((name) => !KNOWN_FIELDS.includes(name))) {
    if (!isSameJson(a.json[field], b.json[field]))
      yield say('field', field, wordsFor(a.json[field]), wordsFor(b.json[field]));
  }
  if (isExplained) return;
  const inOrder = (manifest: ParsedManifest) => manifest.parts.map(({ digest }) => digest).join(' ');
  yield inOrder(a) === inOrder(b)
    ? difference('descriptor', null, ours, theirs)
    : difference('order', null, ours, theirs);
}

/** An index's entries by platform; several of one platform by their number, attestations by what they attest. */
function childrenOf(manifest: ParsedManifest): Map<string, ManifestPart> {
  const children = partsOf(manifest, 'child');
  const platforms = new Map(children.map(({ digest, platform }) => [digest, platform]));
  const named = new Map<string, ManifestPart>();
  const counts = new Map<string, number>();
  for (const child of children) {
    const attested = platforms.get(child.annotations['vnd.docker.reference.digest'] ?? '');
    const base =
      typeof attested === 'string' ? `attestation of ${attested}` : (child.platform ?? 'no platform');
    const number = (counts.get(base) ?? 0) + 1;
    counts.set(base, number);
    named.set(number === 1 ? base : `${base} #${number}`, child);
  }
  return named;
}

function partsOf({ parts }: ParsedManifest, wanted: PartRole): ManifestPart[] {
  return parts.filter(({ role }) => role === wanted);
}

function keysOf(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])];
}

function isSameJson(a: unknown, b: unknown): boolean {
  try {
    return canonicalDigest({ value: a }) === canonicalDigest({ value: b });
  } catch {
    // Nested deeper than the stack: then they are called different, which their digests say anyway.
    return false;
  }
}

function wordsFor(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? 'an object' : cut(String(value));
}

function cut(text: string | null): string | null {
  return text !== null && text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
