import type { CauseCode } from '../report/causes.ts';

/** One of the import failures that are known: how it shows, what it is, and what repairs it. */
export interface KnownFailure {
  readonly id: string;
  /** The issue of gitlab-org/container-registry; null where there is none. */
  readonly issue: string | null;
  readonly says: string;
  readonly repair: string;
  /** What a scan calls the same thing; null where it leaves no trace. */
  readonly cause: CauseCode | null;
  readonly pattern: RegExp;
}

/**
 * The six failures that the rollout of the registry's metadata database knows, most particular first. The patterns
 * are strict: what only resembles one of them is unknown, and for that the procedure is to stop.
 */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    id: 'broken-index',
    issue: 'container-registry#651',
    says: 'An index or list names a manifest that the repository no longer has.',
    repair: 'Push the image again for all its platforms, or delete the tag, and import again.',
    cause: 'BROKEN_INDEX',
    pattern: /retrieving referenced manifest "[^"]*" from filesystem: unknown manifest name=\S+ revision=\S+/,
  },
  {
    id: 'missing-revision',
    issue: 'container-registry#654',
    says: 'A tag leads to a manifest revision that is gone.',
    repair: 'Push the tag again, or delete it, and import again.',
    cause: 'MISSING_REVISION',
    pattern: /retrieving manifest "[^"]*" from filesystem: unknown manifest name=\S+ revision=\S+/,
  },
  {
    id: 'nil-pointer',
    issue: 'container-registry#662',
    says: 'The registry stumbled over a nil pointer while it reported a failed blob transfer.',
    repair: 'Upgrade the registry; the import can then be tried again.',
    cause: null,
    pattern:
      /transferring blob with digest \S+: %!v\(PANIC=Error method: runtime error: invalid memory address or nil pointer dereference\)/,
  },
  {
    id: 'storage-hiccup',
    issue: null,
    says: 'The object storage broke off the transfer of a blob.',
    repair: 'Nothing: the import is tried again by itself.',
    cause: null,
    pattern:
      /transferring blob with digest \S+: failed to transfer blob .*(partial transfer from|copying data from source to destination).*context canceled/,
  },
  {
    id: 'invalid-config-link',
    issue: 'container-registry#660',
    says: "The link to an image's configuration does not hold a digest.",
    repair: 'Push the image again, which writes the link anew, and import again.',
    cause: 'HOLLOW_MANIFEST',
    pattern: /obtaining configuration payload: invalid checksum digest format/,
  },
  {
    id: 'empty-layer-link',
    issue: 'container-registry#658',
    says: 'The link to a layer is empty.',
    repair:
      'Push the image again, which writes the link anew, and import again; newer registries pass over it.',
    cause: 'HOLLOW_MANIFEST',
    pattern:
      /importing layers: checking for access to blob with digest \S+ on repository \S+ invalid checksum digest format/,
  },
];

/** Every known failure happens below this step of the import. */
export const IMPORT_STEP = 'pre importing tagged manifests: pre importing manifest: ';
