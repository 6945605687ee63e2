import { type AcceptProfile, DEPENDENCY_PROXY, NARROW, NO_ACCEPT, WIDE } from '../../core/accept.ts';
import type { Reference } from '../../core/reference.ts';
import { getManifest, headManifest } from '../../registry/manifests.ts';
import { listTags } from '../../registry/tags.ts';
import type { BodyCheck, ProfileAnswer, SiteInspection } from '../../report/inspection.ts';
import type { ReadError } from '../../report/snapshot.ts';
import type { SiteConnection } from '../identify-site.ts';
import { errorOfFault, errorOfRefusal } from '../read-failure.ts';
import { siteFaultOf } from '../site-fault.ts';
import { readTree, type SiteTree } from './read-tree.ts';

/** A site's view, with the manifests that a comparison needs. */
export interface InspectedSite {
  readonly inspection: SiteInspection;
  readonly tree: SiteTree | null;
}

/** In the order in which they are shown. */
const PROFILES: readonly AcceptProfile[] = [NARROW, WIDE, DEPENDENCY_PROXY, NO_ACCEPT];
/** Statuses that say nothing of the image. */
const NOT_ABOUT_THE_IMAGE = new Set([401, 403, 407, 408, 429]);

/** Asks one site everything about one reference. Never throws for what the site does. */
export async function inspectSite(
  site: SiteConnection,
  reference: Reference,
  signal?: AbortSignal,
): Promise<InspectedSite> {
  const { client, url } = site;
  const { repository: path, name } = reference;
  const profiles: ProfileAnswer[] = [];
  const errors: ReadError[] = [];
  const codes = new Map<string, string | null>();
  for (const accept of PROFILES) {
    try {
      const { answer, code } = await askProfile(site, reference, accept, signal);
      profiles.push(answer);
      codes.set(accept.name, code);
    } catch (fault) {
      const error = errorOfFault(fault, signal);
      errors.push(error);
      const message = error.message;
      profiles.push({ profile: accept.name, status: error.status, mediaType: null, digest: null, message });
      // What answers nothing to one will answer nothing to the others, after as many retries.
      break;
    }
  }
  const bare = { url, profiles, body: null, tree: null };
  if (errors.length > 0) return { inspection: { ...bare, state: 'failed', errors }, tree: null };

  const wide = profiles.find(({ profile }) => profile === WIDE.name);
  if (wide?.status !== 200) {
    const refused = await judgeRefusal(site, reference, wide, codes.get(WIDE.name) ?? null, signal);
    return { inspection: { ...bare, ...refused }, tree: null };
  }
  try {
    const answer = await getManifest(client, path, name, WIDE, signal);
    if (answer.kind === 'refused') {
      const error = errorOfRefusal(answer, `read the manifest ${path}:${name} by GET after HEAD gave it`);
      return { inspection: { ...bare, state: 'failed', errors: [error] }, tree: null };
    }
    const { bytes, digest, headerDigest, mediaType } = answer;
    const matches =
      (headerDigest === null || headerDigest === digest) &&
      (reference.kind === 'tag' || isSameDigest(name, digest));
    const body: BodyCheck = { bytes: bytes.length, mediaType, digest, headerDigest, matches };
    // Bytes that are not what the registry says they are name nothing that it could be asked for.
    if (!matches) return { inspection: { ...bare, state: 'resolved', body, errors: [] }, tree: null };
    const root = { digest: reference.kind === 'digest' ? name : digest, mediaType, size: bytes.length };
    const tree = await readTree({ client, path, signal }, root);
    const resolved = { ...bare, state: 'resolved', body, tree: tree.root, errors: tree.errors } as const;
    return { inspection: resolved, tree };
  } catch (fault) {
    const error = errorOfFault(fault, signal);
    return { inspection: { ...bare, state: 'failed', errors: [error] }, tree: null };
  }
}

/** A digest of another algorithm than ours cannot be compared; the tree's own reading checks it. */
function isSameDigest(asked: string, computed: string): boolean {
  return asked === computed || !asked.startsWith('sha256:');
}

async function askProfile(
  { client }: SiteConnection,
  { repository, name }: Reference,
  accept: AcceptProfile,
  signal: AbortSignal | undefined,
): Promise<{ answer: ProfileAnswer; code: string | null }> {
  const head = await headManifest(client, repository, name, accept, signal);
  if (head.kind === 'found') {
    const { mediaType, digest } = head;
    return { answer: { profile: accept.name, status: 200, mediaType, digest, message: null }, code: null };
  }
  const refused = { profile: accept.name, status: head.status, mediaType: null, digest: null };
  const answer = await getManifest(client, repository, name, accept, signal);
  if (answer.kind === 'found') {
    const message = `HEAD is refused, although GET gives ${answer.digest}`;
    return { answer: { ...refused, message }, code: null };
  }
  const message = answer.code === null ? answer.message : `${answer.code}: ${answer.message}`;
  return { answer: { ...refused, message }, code: answer.code };
}

/** Whether a refusal means that the image is not there, that it is broken, or nothing at all. */
async function judgeRefusal(
  site: SiteConnection,
  reference: Reference,
  wide: ProfileAnswer | undefined,
  code: string | null,
  signal: AbortSignal | undefined,
): Promise<Pick<SiteInspection, 'state' | 'errors'>> {
  const status = wide?.status ?? 0;
  const { repository, kind, name } = reference;
  const message = wide?.message ?? 'no answer';
  const failed = (error: ReadError) => ({ state: 'failed', errors: [error] }) as const;
  const ofRefusal = () =>
    failed(errorOfRefusal({ status, code, message }, `read the manifest ${repository}:${name}`));
  if (status < 400 || NOT_ABOUT_THE_IMAGE.has(status)) return ofRefusal();
  if (status >= 500) {
    const fault = await siteFaultOf(site.client, signal);
    return fault === null ? { state: 'unresolvable', errors: [] } : failed(fault);
  }
  // A page that is no registry's says nothing of the image.
  if (code === null) return ofRefusal();
  if (status !== 404) return { state: 'unresolvable', errors: [] };
  if (kind === 'digest' || code === 'NAME_UNKNOWN') return { state: 'absent', errors: [] };
  try {
    const listing = await listTags(site.client, repository, signal);
    if (listing.kind === 'refused')
      return failed(errorOfRefusal(listing.refusal, `read the tag list of ${repository}`));
    const isListed = listing.kind === 'listed' && listing.names.includes(name);
    return { state: isListed ? 'unresolvable' : 'absent', errors: [] };
  } catch (fault) {
    return failed(errorOfFault(fault, signal));
  }
}
