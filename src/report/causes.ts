/** A cause as a support engineer reads it: what it says about the ticket, and the step that ends it. */
export interface Cause {
  /** What shows it: the evidence that must be there before it is claimed. */
  readonly seenBy: string;
  /** One sentence for the ticket. What cannot be known from outside is worded as likely. */
  readonly says: string;
  readonly nextStep: string;
}

/**
 * Every cause this tool can claim, each only on evidence that the report shows. The single source for
 * reports and documentation (`docs/causes.md` is written from it).
 */
export const CAUSES = {
  NARROW_HIDES_INDEX: {
    seenBy: 'narrow HEAD 404, wide HEAD 200 with an index or a list that narrow cannot have',
    says: 'A site that reads with the narrow Accept gets no digest for this tag, because it is an index.',
    nextStep:
      'Upgrade GitLab to a release with the wide Accept (gitlab-org/gitlab#600486), or reconcile with --fix.',
  },
  NARROW_REWRITES_LIST: {
    seenBy: 'narrow digest other than the wide one, which is of a Docker manifest list',
    says: 'A site that reads with the narrow Accept sees the linux/amd64 child instead of the manifest list.',
    nextStep: 'Upgrade GitLab to a release with the wide Accept, or reconcile with --fix.',
  },
  FALSE_MATCH_NIL: {
    seenBy: 'no narrow digest on both sites, wide digests that differ',
    says: 'Both sites give a narrow reader no digest, so nothing equals nothing, although the contents differ: sync skips the tag for ever.',
    nextStep: 'Reconcile with --fix, or upgrade GitLab and resync the repository.',
  },
  FALSE_MATCH_CHILD: {
    seenBy: 'equal narrow digests, wide digests of lists that differ',
    says: 'Both sites give a narrow reader the same linux/amd64 child, although the lists differ in another platform: sync skips the tag for ever.',
    nextStep: 'Reconcile with --fix, or upgrade GitLab and resync the repository.',
  },
  CLIENT_PATH_ASYMMETRY: {
    seenBy:
      'the GitLab v1 API on one site alone, whose digest of a matching tag is not the narrow one of the other',
    says: 'One site has the GitLab v1 API and the other has not, and a narrow reader gets other digests than the v1 API: verification cannot agree.',
    nextStep:
      'Bring both registries to the same version and metadata database setting (gitlab-org/gitlab#577445).',
  },
  MOVED_TAG: {
    seenBy: 'both sites resolve the tag, to different digests, and a narrow reader sees that too',
    says: 'Both sites resolve the tag, to different digests: replication is behind, or somebody pushed to the secondary.',
    nextStep:
      'Reconcile with --fix; or resync the repository in Admin > Geo > Sites, unless SYNC_WOULD_DELETE_SIBLING stands beside it.',
  },
  NOT_REPLICATED: {
    seenBy: 'the tag is listed on the primary alone, and resolves there',
    says: 'The tag is on the primary alone: sync has not run for it, or failed.',
    nextStep: 'Resync the repository in Admin > Geo > Sites and look at geo.log, or reconcile with --fix.',
  },
  ORPHAN: {
    seenBy: 'the tag is listed on the secondary alone, and resolves there',
    says: 'The tag is on the secondary alone: most likely it was deleted on the primary and the sync did not remove it (gitlab-org/gitlab#458428).',
    nextStep:
      'Reconcile with --fix, which removes the tag and spares its siblings; or resync, unless SYNC_WOULD_DELETE_SIBLING stands beside it.',
  },
  ORPHAN_UNDELETABLE: {
    seenBy: 'the tag is listed on the secondary alone, and does not resolve there',
    says: 'The tag is on the secondary alone and does not resolve, so that a delete by digest is impossible.',
    nextStep: 'Delete it by tag (registry 16.4 or later) with --fix (gitlab-org/gitlab#465580).',
  },
  BROKEN_TAG_LINK: {
    seenBy: 'the tag is listed; HEAD answers 500 (Distribution), or 404 without a word about Accept (GitLab)',
    says: 'The site lists the tag and cannot follow its link.',
    nextStep: 'Push the tag again; --fix does so when the primary resolves it.',
  },
  MISSING_REVISION: {
    seenBy: 'the tag is listed; 404 whose detail names a revision',
    says: 'The site lists the tag, but the manifest behind it is gone.',
    nextStep: 'Push the tag again; --fix does so when the primary resolves it.',
  },
  BROKEN_INDEX: {
    seenBy: '--deep: a manifest that an index names is gone',
    says: 'The tag has its digest, but a manifest that its index names is gone: it matches, and cannot be pulled.',
    nextStep: 'Copy what is missing with --fix when the other site has it; push the image again otherwise.',
  },
  HOLLOW_MANIFEST: {
    seenBy: '--deep: the config or a layer of a manifest is gone',
    says: 'The tag has its digest, but a config or layer of its image is gone: it matches, and cannot be pulled.',
    nextStep: 'Copy what is missing with --fix when the other site has it; push the image again otherwise.',
  },
  INVALID_DIGEST: {
    seenBy: 'a descriptor whose digest does not parse, or a body that does not hash to its digest',
    says: 'A manifest or blob is not what its digest says: the content is corrupt, or a proxy in between changes it.',
    nextStep: 'Read it past every proxy; if it is still wrong there, push the image again.',
  },
  SCHEMA1_REFUSED: {
    seenBy: 'MANIFEST_INVALID naming schema 1',
    says: 'The registry no longer serves Docker schema 1 manifests.',
    nextStep: 'Rebuild the image with a current tool and push it again.',
  },
  TAG_LIST_TRUNCATED: {
    seenBy: 'the first page of the tag list, n=10000, holds fewer tags than all its pages',
    says: 'The verifier reads one page of tags, and the site has more: it compares the first page only.',
    nextStep: 'Trust the tags of this report rather than the stored checksum.',
  },
  EMPTY_IS_ERROR: {
    seenBy: 'the tag list answers 401, 403, 404 without NAME_UNKNOWN, or 5xx',
    says: 'The tag list could not be read; the verifier takes that for an empty repository, checksum e3b0c442….',
    nextStep: 'Mend the access first; "synced" means nothing until then (gitlab-org/gitlab#431944).',
  },
  TOKEN_REFUSED: {
    seenBy: "401 again with a credential, and the challenge's error; or the token service's refusal",
    says: 'The registry refuses the credential, or its token service gives no token: wrong key, issuer or service where the challenge says invalid_token, too few rights where it says insufficient_scope, else a wrong user name, password or token.',
    nextStep:
      'Run doctor for the site: it tries the usual issuers, the service and the clock; then mend the credential, its issuer or its rights.',
  },
  CHECKSUM_STALE: {
    seenBy: 'a stored checksum that the user gave is none of the live ones',
    says: 'The checksum that Geo has stored for the site is none of those that its tags give now.',
    nextStep: 'Re-verify the repository on the primary (gitlab-org/gitlab#442667).',
  },
  CHECKSUM_COLLISION: {
    seenBy: 'equal checksums over tuples that differ',
    says: 'The checksums are equal although the tags differ: names and digests are joined without a separator.',
    nextStep: 'Trust the tags of this report, not the checksum.',
  },
  SYNC_WOULD_DELETE_SIBLING: {
    seenBy: 'a digest that the sync would delete is also the digest of a tag that matches',
    says: 'The sync deletes by digest, and tags that match have a digest it would delete: its next run may take them away.',
    nextStep:
      'Do not resync; reconcile with --fix, which deletes by tag alone. The tags in danger are in the forecast.',
  },
  MEDIA_TYPE_MISSING: {
    seenBy: '--deep: a manifest whose body, or descriptor, has no mediaType',
    says: 'A manifest does not name its media type, and older GitLab releases push it without a content type.',
    nextStep: 'Reconcile with --fix, which takes the type from the parent, or upgrade GitLab.',
  },
  NO_BLOB_LIST: {
    seenBy: '--deep: a manifest without layers, manifests and blobs',
    says: 'The manifest lists no content, and the sync of older GitLab releases raises an error on it.',
    nextStep: 'Reconcile with --fix, or upgrade GitLab (gitlab-org/gitlab#600487).',
  },
  SUBJECT_MISSING: {
    seenBy: '--deep: the subject of a referrer is absent on the secondary',
    says: 'A signature or attestation is there, but the image it is about is absent on the secondary.',
    nextStep: 'Copy the subject first; --fix does so.',
  },
  BUILDKIT_CACHE: {
    seenBy: '--deep: an index whose entries are blobs',
    says: 'The index is a BuildKit cache: what it lists are blobs and not manifests.',
    nextStep: 'Nothing: --fix copies them as blobs.',
  },
  FOREIGN_LAYER: {
    seenBy: '--deep: a layer of a non-distributable media type',
    says: 'A layer is not distributable: it is not copied by design, and clients fetch it from its own URLs.',
    nextStep: 'Nothing, if those URLs can be reached; rebuild the image without such layers otherwise.',
  },
  DELETE_DISABLED: {
    seenBy: '405 UNSUPPORTED to a delete',
    says: 'The registry refuses every delete: deletion is switched off in its configuration.',
    nextStep: 'Enable deletion in the registry (storage.delete.enabled), or clean up on its host.',
  },
  TAG_DELETE_UNSUPPORTED: {
    seenBy: '400 or 405 to a delete by tag, although OPTIONS allows it',
    says: 'The registry cannot delete by tag, whatever its OPTIONS says; a placeholder was used instead.',
    nextStep: 'Nothing: only the tags of the plan are gone. A registry of 16.4 or later deletes by tag.',
  },
  IN_FLIGHT: {
    seenBy: 'another answer after the settle pause',
    says: 'A site answered otherwise after the settle pause: somebody is pushing.',
    nextStep: 'Run again when the pushes are over, or raise --settle.',
  },
  REGISTRY_READ_ONLY: {
    seenBy: '405 or 503 to a write while reads work',
    says: 'The registry takes no writes and answers reads: it is most likely in maintenance mode.',
    nextStep: 'Wait for the end of the maintenance, or end it, and apply the plan again.',
  },
  DEPENDENCY_PROXY_INDEX: {
    seenBy: 'the dependency proxy answers 404 with an HTML page where the upstream has an index',
    says: 'The dependency proxy cannot pass on an OCI image index and answers with a page instead.',
    nextStep: "Pull the platform's own digest, which inspect names, until GitLab is upgraded.",
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
