import { forEachConcurrent } from '../../core/concurrency.ts';
import type { DeepRole } from '../../core/deep-reading.ts';
import type { Digest } from '../../core/digest.ts';
import { isManifestPart, parseManifest } from '../../core/manifest.ts';
import type { ReadError } from '../../report/snapshot.ts';
import { type ContentSource, type Presence, readManifest, seeBlob, seeManifest } from './ask-content.ts';
import { type DeepRun, type ManifestShape, shapeOf } from './deep-run.ts';
import { type Findings, mergeFindings, NOTHING } from './findings.ts';
import { verifyBlob } from './verify-blob.ts';

/** How something was reached, and what its descriptor says of it. */
export interface Wanted {
  readonly role: DeepRole;
  readonly digest: Digest;
  readonly mediaType: string | null;
  readonly size: number | null;
}

export interface WalkOptions {
  readonly run: DeepRun;
  /** Keeps sites apart where blobs are verified. */
  readonly site: string;
  /** A question was answered. */
  readonly onPart?: () => void;
  readonly onBytes?: (bytes: number) => void;
}

/** Walks manifests of one repository of one site; what several of them share is asked once. */
export interface Walk {
  /** What is wrong with a manifest and all that it needs. */
  below(root: Wanted): Promise<Findings>;
}

/** An index in an index, a signature of an attestation: deeper than anyone builds. */
const DEEPEST = 8;
const PARTS_AT_ONCE = 4;

type ManifestLook = Exclude<Presence, { state: 'present' }> | { state: 'present'; below: Findings };

export function createWalk(source: ContentSource, options: WalkOptions): Walk {
  const { run, site } = options;
  const manifests = new Map<Digest, Promise<ManifestLook>>();
  const blobs = new Map<Digest, Promise<Presence>>();

  async function below(wanted: Wanted, depth: number): Promise<Findings> {
    if (!isManifestPart(wanted)) return blobFindings(wanted, await once(blobs, wanted.digest, lookAtBlob));
    if (depth > DEEPEST) return tooDeep(wanted.digest);
    const look = await once(manifests, wanted.digest, (digest) => lookAtManifest(digest, depth));
    return look.state === 'present' ? look.below : findingsOf(wanted, look);
  }

  async function lookAtManifest(digest: Digest, depth: number): Promise<ManifestLook> {
    let refusal: Exclude<Presence, { state: 'present' }> = { state: 'missing' };
    const { shape, isOwn } = await run.obtain(site, digest, async () => {
      const reading = await readManifest(source, digest);
      options.onPart?.();
      if (reading.state !== 'present') refusal = reading;
      const parsed = reading.state === 'present' ? parseManifest(reading.manifest.bytes) : null;
      if (reading.state === 'present' && parsed === null)
        refusal = { state: 'corrupt', found: 'what is no JSON object' };
      return parsed === null ? null : shapeOf(parsed);
    });
    if (shape === null) return refusal;
    if (!isOwn) {
      const presence = await seeManifest(source, digest);
      options.onPart?.();
      if (presence.state !== 'present') return presence;
    }
    return { state: 'present', below: await belowShape(shape, depth) };
  }

  async function belowShape(shape: ManifestShape, depth: number): Promise<Findings> {
    const wanted = shape.parts.filter(({ isForeign }) => !isForeign);
    const found = new Map<number, Findings>();
    await forEachConcurrent(wanted.entries(), PARTS_AT_ONCE, async ([index, part]) => {
      const findings = await below(part, depth + 1);
      if (findings !== NOTHING) found.set(index, findings);
    });
    return mergeFindings([ownFindings(shape), ...wanted.map((_, index) => found.get(index) ?? NOTHING)]);
  }

  async function lookAtBlob(digest: Digest): Promise<Presence> {
    const isDue = run.verifyBlobs && !run.isVerified(site, digest);
    const presence = isDue
      ? await verifyBlob(source, digest, options.onBytes ?? (() => undefined))
      : await seeBlob(source, digest);
    if (isDue && presence.state === 'present') run.addVerified(site, digest);
    options.onPart?.();
    return presence;
  }

  return { below: (root) => below(root, 0) };
}

function once<T>(known: Map<Digest, Promise<T>>, digest: Digest, work: (digest: Digest) => Promise<T>) {
  let result = known.get(digest);
  if (result === undefined) {
    result = work(digest);
    known.set(digest, result);
  }
  return result;
}

function ownFindings({ invalid, notes }: ManifestShape): Findings {
  if (invalid.length === 0 && notes.length === 0) return NOTHING;
  const corrupt = invalid.map(({ role, digest }) => ({ role, digest, found: 'a digest that is none' }));
  return { ...NOTHING, corrupt, notes };
}

/** A blob of another length than its descriptor says cannot be what its digest says, for whoever pulls it. */
function blobFindings(wanted: Wanted, presence: Presence): Findings {
  if (presence.state !== 'present') return findingsOf(wanted, presence);
  if (presence.size === null || wanted.size === null || presence.size === wanted.size) return NOTHING;
  const { role, digest } = wanted;
  const found = `${presence.size} bytes instead of ${wanted.size}`;
  return { ...NOTHING, corrupt: [{ digest, role, found }] };
}

function findingsOf(
  { digest, role, mediaType, size }: Wanted,
  presence: Exclude<Presence, { state: 'present' }>,
): Findings {
  switch (presence.state) {
    case 'missing':
      return { ...NOTHING, missing: [{ digest, role, mediaType, size }] };
    case 'corrupt':
      return { ...NOTHING, corrupt: [{ digest, role, found: presence.found }] };
    case 'failed':
      return { ...NOTHING, errors: [presence.error] };
  }
}

function tooDeep(digest: Digest): Findings {
  const error: ReadError = {
    code: 'NESTED_TOO_DEEP',
    status: null,
    message: `manifests are nested more than ${DEEPEST} deep at ${digest}: what is below was not looked at`,
  };
  return { ...NOTHING, errors: [error] };
}
