/** A cause as a support engineer reads it: what it says about the ticket, and the step that ends it. */
export interface Cause {
  /** One sentence for the ticket. */
  readonly says: string;
  readonly nextStep: string;
}

/**
 * Every cause this tool can claim, each only on evidence that the report shows. The single source for
 * reports and documentation.
 */
export const CAUSES = {
  NARROW_HIDES_INDEX: {
    says: 'A site that reads with the narrow Accept gets no digest for this tag, because it is an index.',
    nextStep:
      'Upgrade GitLab to a release with the wide Accept (gitlab-org/gitlab#600486), or reconcile with --fix.',
  },
  NARROW_REWRITES_LIST: {
    says: 'A site that reads with the narrow Accept sees the linux/amd64 child instead of the manifest list.',
    nextStep: 'Upgrade GitLab to a release with the wide Accept, or reconcile with --fix.',
  },
  FALSE_MATCH_NIL: {
    says: 'Both sites give a narrow reader no digest, so nothing equals nothing, although the contents differ: sync skips the tag for ever.',
    nextStep: 'Reconcile with --fix, or upgrade GitLab and resync the repository.',
  },
  FALSE_MATCH_CHILD: {
    says: 'Both sites give a narrow reader the same linux/amd64 child, although the lists differ in another platform: sync skips the tag for ever.',
    nextStep: 'Reconcile with --fix, or upgrade GitLab and resync the repository.',
  },
  CLIENT_PATH_ASYMMETRY: {
    says: 'One site has the GitLab v1 API and the other has not, and a narrow reader gets other digests than the v1 API: verification cannot agree.',
    nextStep:
      'Bring both registries to the same version and metadata database setting (gitlab-org/gitlab#577445).',
  },
  MOVED_TAG: {
    says: 'Both sites resolve the tag, to different digests: replication is behind, or somebody pushed to the secondary.',
    nextStep: 'Resync the repository in Admin > Geo > Sites, or reconcile with --fix.',
  },
  NOT_REPLICATED: {
    says: 'The tag is on the primary alone: sync has not run for it, or failed.',
    nextStep: 'Resync the repository in Admin > Geo > Sites and look at geo.log, or reconcile with --fix.',
  },
  ORPHAN: {
    says: 'The tag is on the secondary alone: it was deleted on the primary and the sync did not remove it.',
    nextStep:
      'Resync the repository, or reconcile with --fix, which removes the tag and spares its siblings.',
  },
  ORPHAN_UNDELETABLE: {
    says: 'The tag is on the secondary alone and does not resolve, so that a delete by digest is impossible.',
    nextStep: 'Delete it by tag (registry 16.4 or later) with --fix (gitlab-org/gitlab#465580).',
  },
  BROKEN_TAG_LINK: {
    says: 'The site lists the tag and cannot follow its link.',
    nextStep: 'Push the tag again; --fix does so when the primary resolves it.',
  },
  MISSING_REVISION: {
    says: 'The site lists the tag, but the manifest behind it is gone.',
    nextStep: 'Push the tag again; --fix does so when the primary resolves it.',
  },
  SCHEMA1_REFUSED: {
    says: 'The registry no longer serves Docker schema 1 manifests.',
    nextStep: 'Rebuild the image with a current tool and push it again.',
  },
  TAG_LIST_TRUNCATED: {
    says: 'The verifier reads one page of tags, and the site has more: it compares the first page only.',
    nextStep: 'Trust the tags of this report rather than the stored checksum.',
  },
  EMPTY_IS_ERROR: {
    says: 'The tag list could not be read; the verifier takes that for an empty repository, checksum e3b0c442….',
    nextStep: 'Mend the access first; "synced" means nothing until then (gitlab-org/gitlab#431944).',
  },
  CHECKSUM_STALE: {
    says: 'The checksum that Geo has stored for the site is none of those that its tags give now.',
    nextStep: 'Re-verify the repository on the primary (gitlab-org/gitlab#442667).',
  },
  CHECKSUM_COLLISION: {
    says: 'The checksums are equal although the tags differ: names and digests are joined without a separator.',
    nextStep: 'Trust the tags of this report, not the checksum.',
  },
  IN_FLIGHT: {
    says: 'A site answered otherwise after the settle pause: somebody is pushing.',
    nextStep: 'Run again when the pushes are over, or raise --settle.',
  },
} as const satisfies Record<string, Cause>;

export type CauseCode = keyof typeof CAUSES;

/** Every code, in the catalogue's order. */
export const CAUSE_CODES: readonly string[] = Object.keys(CAUSES);

/** What is known of a code; null for one that another version of the tool has put into a report. */
export function findCause(code: string): Cause | null {
  const known: Readonly<Record<string, Cause>> = CAUSES;
  return Object.hasOwn(known, code) ? (known[code] ?? null) : null;
}
