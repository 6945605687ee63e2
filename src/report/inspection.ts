import type { AcceptProfile } from '../core/accept.ts';
import type { DeepRole } from '../core/deep-reading.ts';
import type { Site } from './report.ts';
import type { ReadError } from './snapshot.ts';

/** What one site answered for the reference under one Accept profile. */
export interface ProfileAnswer {
  readonly profile: AcceptProfile['name'];
  /** HTTP status of the `HEAD`; null when no answer came. */
  readonly status: number | null;
  readonly mediaType: string | null;
  readonly digest: string | null;
  /** The registry's own words for a refusal, asked for by `GET`; null when there was none. */
  readonly message: string | null;
}

/** A piece of the image and everything below it, as one site has it. */
export interface TreeNode {
  readonly role: DeepRole;
  readonly digest: string;
  readonly mediaType: string | null;
  /** Bytes, as the descriptor says; null when it does not. */
  readonly size: number | null;
  /** `linux/arm/v7`; null when the descriptor does not say. */
  readonly platform: string | null;
  /**
   * `foreign`: not distributed, so not asked for. `unread`: no answer came, so nothing is known.
   * `corrupt`: it is there and is not what its digest or descriptor says, see `found`.
   */
  readonly state: 'present' | 'missing' | 'corrupt' | 'foreign' | 'unread';
  readonly found?: string;
  readonly parts: readonly TreeNode[];
}

/** The bytes that a `GET` of the reference gave. */
export interface BodyCheck {
  readonly bytes: number;
  readonly mediaType: string | null;
  /** Of the bytes. */
  readonly digest: string;
  /** `Docker-Content-Digest`; null when there was none. */
  readonly headerDigest: string | null;
  readonly matches: boolean;
}

/** One site's view of the reference. */
export interface SiteInspection {
  readonly url: string;
  /**
   * `unresolvable`: the site lists the tag, or has the repository, and gives no manifest. `failed`: no answer
   * that says anything, see `errors`.
   */
  readonly state: 'resolved' | 'unresolvable' | 'absent' | 'failed';
  readonly profiles: readonly ProfileAnswer[];
  readonly body: BodyCheck | null;
  readonly tree: TreeNode | null;
  readonly errors: readonly ReadError[];
}

/** One place in which the two sites' images differ. */
export interface TreeDifference {
  /** Platforms from the outside in, e.g. `linux/arm64`; empty for the image itself. */
  readonly in: string;
  readonly what:
    | 'kind'
    | 'media type'
    | 'platform'
    | 'config'
    | 'layer'
    | 'blob'
    | 'subject'
    | 'annotation'
    | 'field'
    | 'descriptor'
    | 'order'
    | 'bytes only'
    | 'content';
  /** Which one: the layer's number, the annotation's key; null where there is one of it. */
  readonly which: string | null;
  readonly primary: string | null;
  readonly secondary: string | null;
}

/** How to pull one platform without its index. */
export interface PullLine {
  readonly platform: string | null;
  readonly digest: string;
  /** The command; null where the site has not got all of it. */
  readonly primary: string | null;
  readonly secondary: string | null;
}

export interface Inspection {
  readonly reference: { readonly repository: string; readonly tag?: string; readonly digest?: string };
  /** `SAME`: on both sites, the same digest, and whole. `INCOMPLETE` wins over the others. */
  readonly verdict: 'SAME' | 'DIFFERENT' | 'ABSENT' | 'INCOMPLETE';
  readonly sites: Readonly<Record<Site, SiteInspection>>;
  readonly differences: readonly TreeDifference[];
  readonly pull: readonly PullLine[];
}

/** All nodes of a tree, from the outside in. */
export function* nodesOf(tree: TreeNode | null): Generator<TreeNode> {
  if (tree === null) return;
  yield tree;
  for (const part of tree.parts) yield* nodesOf(part);
}
