import { type AcceptProfile, WIDE } from '../core/accept.ts';
import type { Clock } from '../core/clock.ts';
import { forEachConcurrent } from '../core/concurrency.ts';
import { type Digest, matchesDigest } from '../core/digest.ts';
import { isSchema1Type, MediaType } from '../core/media-types.ts';
import { hasBlob } from '../registry/blobs.ts';
import { getManifest, headManifest } from '../registry/manifests.ts';
import { putManifest } from '../registry/put-manifest.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { CopyAction } from '../report/plan.ts';
import { ActionError, refusedAction } from './action-error.ts';
import { copyBlob } from './copy-blob.ts';
import { type ContentReference, type ManifestTree, readManifestTree } from './manifest-tree.ts';
import type { SecondaryContent } from './secondary-content.ts';
import { inWords, readSettledTag, type TagState } from './tag-state.ts';

export interface CopyContext {
  readonly primary: RegistryClient;
  readonly secondary: RegistryClient;
  /** What the secondary is known to have, for the whole run. */
  readonly content: SecondaryContent;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The largest `PATCH` of an upload, in bytes; shared by the run, which may have to lower it. */
  readonly chunk: { bytes: number };
}

/** Counts the bytes that one action sends. */
export type Meter = (bytes: number) => void;

/**
 * Copies tags of one repository, in two steps: what is below a tag, which may take hours and changes no tag, and
 * the tag itself. In between the caller looks at both tags again. What several tags share is copied once.
 */
export interface TagCopier {
  /**
   * Copies the whole closure of the action's digest.
   *
   * @throws ActionError, TransportError, AuthError
   */
  copyContent(action: CopyAction, meter: Meter): Promise<CopiedContent>;
  /** Copies what the secondary lacks of content that was on it, as far as this run knew. Throws as `copyContent`. */
  copyAgain(content: CopiedContent, meter: Meter): Promise<void>;
  /**
   * Points the tag at the copied content, and makes sure that it does.
   *
   * @param current what the secondary's tag answered just now
   * @throws ActionError, TransportError, AuthError: the tag is then as it was. With the registry's code
   *   `MANIFEST_BLOB_UNKNOWN`, `copyAgain` may help, after which both tags are to be looked at again
   */
  pushTag(action: CopyAction, content: CopiedContent, current: TagState, meter: Meter): Promise<void>;
}

/** An OCI artifact manifest is wanted too where it is copied: by digest, nothing is rewritten. */
const COPY_TYPES = [...WIDE.types, MediaType.ociArtifact];
const COPY_ACCEPT: AcceptProfile = { name: 'wide', types: COPY_TYPES, header: COPY_TYPES.join(', ') };

/** An index in an index in an index: deeper than anyone builds. */
const DEEPEST_NESTING = 8;
/** A signature of an attestation of an image: further than anyone signs. */
const LONGEST_SUBJECT_CHAIN = 8;
const BLOBS_AT_ONCE = 4;

/** A manifest of the primary whose closure is on the secondary. */
export interface CopiedContent {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly tree: ManifestTree;
}

/** How a manifest was reached. */
interface Route {
  /** The type in the descriptor that named it. */
  readonly descriptorType: string | null;
  readonly nesting: number;
  readonly subjects: number;
}

const TOP: Route = { descriptorType: null, nesting: 0, subjects: 0 };

export function createTagCopier(context: CopyContext, path: string): TagCopier {
  const { primary, secondary, content, signal } = context;
  const underWay = new Map<Digest, Promise<CopiedContent>>();

  /** Everything below a manifest, once at a time however many tags share it. */
  function closure(digest: Digest, route: Route, meter: Meter): Promise<CopiedContent> {
    const started = underWay.get(digest);
    if (started !== undefined) return started;
    const work = load(digest, route, meter).finally(() => underWay.delete(digest));
    underWay.set(digest, work);
    return work;
  }

  async function load(digest: Digest, route: Route, meter: Meter): Promise<CopiedContent> {
    if (route.nesting > DEEPEST_NESTING) {
      throw new ActionError('CONTENT', `indexes are nested more than ${DEEPEST_NESTING} deep at ${digest}`);
    }
    const manifest = await fetchManifest(digest, route);
    if (!content.hasClosure(path, digest)) {
      await copyParts(manifest.tree, route, meter);
      content.addClosure(path, digest);
    }
    return manifest;
  }

  async function fetchManifest(digest: Digest, route: Route): Promise<CopiedContent> {
    const answer = await getManifest(primary, path, digest, COPY_ACCEPT, signal);
    if (answer.kind === 'refused') {
      const code = answer.status === 404 ? 'MISSING' : 'REFUSED';
      throw refusedAction(`read manifest ${digest} of ${path} on the primary`, answer, code);
    }
    if (isSchema1Type(answer.mediaType)) throw schema1(digest);
    if (!matchesDigest(answer.bytes, digest)) {
      throw new ActionError(
        'CONTENT',
        `the primary's manifest ${digest} of ${path} hashes to ${answer.digest}: it is corrupt, and was not copied`,
      );
    }
    const tree = readManifestTree(answer.bytes, digest);
    if (tree.isSchema1) throw schema1(digest);
    const mediaType = tree.mediaType ?? route.descriptorType ?? answer.mediaType ?? MediaType.ociManifest;
    return { digest, bytes: answer.bytes, mediaType, tree };
  }

  async function copyParts(tree: ManifestTree, route: Route, meter: Meter): Promise<void> {
    if (tree.subject !== null) await copySubject(tree.subject, route, meter);
    await forEachConcurrent(tree.blobs, BLOBS_AT_ONCE, (blob) => copyMissingBlob(blob, meter));
    for (const child of tree.children) {
      await copyByDigest(
        child.digest,
        { ...route, descriptorType: child.mediaType, nesting: route.nesting + 1 },
        meter,
      );
    }
  }

  /** A subject may be anything, also something that was never pushed: then there is nothing to copy. */
  async function copySubject(subject: ContentReference, route: Route, meter: Meter): Promise<void> {
    if (route.subjects >= LONGEST_SUBJECT_CHAIN) return;
    const next = { ...route, descriptorType: subject.mediaType, subjects: route.subjects + 1 };
    const head = await headManifest(primary, path, subject.digest, COPY_ACCEPT, signal);
    if (head.kind === 'refused' && head.status === 404) return;
    await copyByDigest(subject.digest, next, meter);
  }

  async function copyByDigest(digest: Digest, route: Route, meter: Meter): Promise<void> {
    const manifest = await closure(digest, route, meter);
    await content.once(`manifest ${path}@${digest}`, async () => {
      const head = await headManifest(secondary, path, digest, COPY_ACCEPT, signal);
      if (head.kind === 'found') return;
      try {
        await push(digest, manifest, meter);
      } catch (error) {
        if (!lacksContent(error)) throw error;
        await copyPartsAgain(manifest, route, meter);
        await push(digest, manifest, meter);
      }
    });
  }

  async function copyMissingBlob(blob: ContentReference, meter: Meter): Promise<void> {
    await content.once(`blob ${path}@${blob.digest}`, async () => {
      const there = await hasBlob(secondary, path, blob.digest, signal);
      if (typeof there === 'number') {
        const refusal = { status: there, code: null, message: `HTTP ${there}` };
        throw refusedAction(`look for blob ${blob.digest} in ${path} on the secondary`, refusal);
      }
      if (!there) {
        const mountFrom = content.repositoryWith(blob.digest, path);
        await content.transfer(() => copyBlob({ ...context, onBytes: meter }, path, blob, mountFrom));
      }
      content.addBlob(path, blob.digest);
    });
  }

  /** What this run believes to be there was cleaned up meanwhile, or is being written at this moment. */
  async function copyPartsAgain({ tree }: CopiedContent, route: Route, meter: Meter): Promise<void> {
    for (const { digest } of [...tree.blobs, ...tree.children]) content.forget(path, digest);
    await copyParts(tree, route, meter);
  }

  async function push(reference: string, manifest: CopiedContent, meter: Meter): Promise<void> {
    const digests = [manifest.digest, ...manifest.tree.children.map((child) => child.digest)];
    const refusal = await content.exclusively(digests, () =>
      putManifest(secondary, path, reference, manifest, signal),
    );
    if (refusal !== null)
      throw refusedAction(`push the manifest ${path}:${reference} to the secondary`, refusal);
    meter(manifest.bytes.length);
  }

  return {
    copyContent: (action, meter) => closure(action.digest, TOP, meter),
    copyAgain: (manifest, meter) => copyPartsAgain(manifest, TOP, meter),
    async pushTag({ tag, digest }, manifest, current, meter) {
      // A tag that already points there lacked content only, which is there now.
      if (current.kind === 'resolved' && current.digest === digest) return;
      await push(tag, manifest, meter);
      const after = await content.exclusively([digest], () =>
        readSettledTag(secondary, path, tag, 'secondary', context),
      );
      if (after.kind === 'resolved' && after.digest === digest) return;
      throw new ActionError('CONTENT', `after the push the secondary's tag gives ${inWords(after)}`);
    },
  };
}

/** Whether a manifest was refused because something that it names is not on the secondary. */
export function lacksContent(error: unknown): boolean {
  return error instanceof ActionError && error.registryCode === 'MANIFEST_BLOB_UNKNOWN';
}

function schema1(digest: Digest): ActionError {
  return new ActionError(
    'CONTENT',
    `manifest ${digest} is Docker schema 1, which is left alone: rebuild the image`,
  );
}
