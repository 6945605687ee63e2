import { isManifestPart } from '../../core/manifest.ts';
import type { Reference } from '../../core/reference.ts';
import {
  type Inspection,
  nodesOf,
  type PullLine,
  type SiteInspection,
  type TreeNode,
} from '../../report/inspection.ts';
import { SITES, type Site } from '../../report/report.ts';
import type { SiteConnection } from '../identify-site.ts';
import { compareTrees } from './compare-trees.ts';
import { type InspectedSite, inspectSite } from './inspect-site.ts';

/** Looks at one reference on both sites at once: every Accept profile, the whole tree, and what differs. */
export async function inspect(
  connections: Readonly<Record<Site, SiteConnection>>,
  reference: Reference,
  signal?: AbortSignal,
): Promise<Inspection> {
  const [primary, secondary] = (await Promise.all(
    SITES.map((site) => inspectSite(connections[site], reference, signal)),
  )) as [InspectedSite, InspectedSite];
  const sites = { primary: primary.inspection, secondary: secondary.inspection };
  const differences =
    primary.tree === null || secondary.tree === null
      ? []
      : compareTrees(
          { digest: primary.tree.root.digest, manifests: primary.tree.manifests },
          { digest: secondary.tree.root.digest, manifests: secondary.tree.manifests },
        );
  const { repository, kind, name } = reference;
  return {
    reference: { repository, ...(kind === 'tag' ? { tag: name } : { digest: name }) },
    verdict: verdictOf(sites),
    sites,
    differences,
    pull: pullLines(repository, sites),
  };
}

function verdictOf({ primary, secondary }: Inspection['sites']): Inspection['verdict'] {
  const both = [primary, secondary];
  if (both.some(({ state, errors }) => state === 'failed' || errors.length > 0)) return 'INCOMPLETE';
  if (both.every(({ state }) => state === 'absent')) return 'ABSENT';
  const isSame =
    both.every(isSound) &&
    primary.body?.digest === secondary.body?.digest &&
    missingSubjects(secondary).every((digest) => missingSubjects(primary).includes(digest));
  return isSame ? 'SAME' : 'DIFFERENT';
}

/** It is there, is what its digest says, and all that a pull needs is there too. */
function isSound({ state, body, tree }: SiteInspection): boolean {
  return state === 'resolved' && body?.matches === true && [...nodesOf(tree)].every(isSoundPart);
}

/** A subject need not be there: registries take a referrer without it. */
function isSoundPart({ state, role }: TreeNode): boolean {
  return state === 'present' || state === 'foreign' || (role === 'subject' && state === 'missing');
}

function missingSubjects({ tree }: SiteInspection): string[] {
  return [...nodesOf(tree)].flatMap(({ role, state, digest }) =>
    role === 'subject' && state === 'missing' ? [digest] : [],
  );
}

/** The images behind the reference, one a platform, with the commands that pull them from where they are whole. */
function pullLines(repository: string, sites: Inspection['sites']): PullLine[] {
  const lines = new Map<string, { -readonly [K in keyof PullLine]: PullLine[K] }>();
  for (const site of SITES) {
    for (const { platform, digest, parts } of imagesOf(sites[site].tree)) {
      const key = `${platform} ${digest}`;
      const line = lines.get(key) ?? { platform, digest, primary: null, secondary: null };
      lines.set(key, line);
      const isWhole = parts.every((part) => part.role === 'subject' || [...nodesOf(part)].every(isSoundPart));
      if (isWhole) line[site] = pullCommand(sites[site].url, repository, digest);
    }
  }
  return [...lines.values()];
}

/** The command that pulls an image by its digest, which no Accept can get in the way of. */
export function pullCommand(registry: string, repository: string, digest: string): string {
  const { host, pathname } = new URL(registry);
  return `docker pull ${host}${pathname.replace(/\/$/, '')}/${repository}@${digest}`;
}

/** Attestations have no platform of their own, and nobody pulls them. */
function* imagesOf(tree: TreeNode | null): Generator<TreeNode> {
  if (tree === null || tree.state !== 'present') return;
  const children = tree.parts.filter((part) => isManifestPart(part) && part.role === 'child');
  if (children.length === 0 && tree.platform !== 'unknown/unknown') yield tree;
  for (const child of children) yield* imagesOf(child);
}
