import type { List } from '../core/list.ts';
import { schema, type Valid } from '../core/schema.ts';
import { CLIENT_PATHS } from '../verifier/profiles.ts';
import { canonicalDigest } from './canonical.ts';
import { checksum, SITES, siteReport } from './report.ts';
import { digest, listedTag } from './tag-report.ts';

/**
 * What one site gave: the half of a comparison. A live scan makes two of them in memory, `snapshot` writes one
 * to a file, and `compare` reads two. The zod schemas are the definition of `snapshot.json`;
 * `reports/schema/snapshot.schema.json` is generated from them.
 */
export const SNAPSHOT_SCHEMA_VERSION = 1;

const tuple = schema((z) => z.tuple([z.string(), z.string().nullable()]));

/** Something that one site failed to give. `tags` names the tags that are therefore without a reading. */
const readError = schema((z) =>
  z.object({
    code: z.string(),
    /** HTTP status, or null when no response came. */
    status: z.int().nullable(),
    message: z.string(),
    hint: z.string().optional(),
    tags: z.array(z.string()).readonly().optional(),
  }),
);

/**
 * One repository as one site gave it: everything that a comparison needs, and nothing of the other site.
 * Readings and failures are kept apart: a tag that could not be read is in `errors`, never in `tags`.
 */
export const repositorySnapshot = schema((z) =>
  z.object({
    path: z.string(),
    /** Whether the site knows the repository; null when that could not be read. */
    present: z.boolean().nullable(),
    /** Listed tags with what the site answered, sorted by name in byte order. */
    tags: z.array(z.object({ name: z.string(), reading: listedTag() })).readonly(),
    errors: z.array(readError()).readonly(),
    /** Which profiles were read for every listed tag; a checksum is computed of a complete profile alone. */
    complete: z.object({ wide: z.boolean(), narrow: z.boolean() }),
    /**
     * How many of the listed tags the verifier sees, which reads one page: less than all when the site pages.
     * null when the tags were not listed by `/v2/`.
     */
    firstPage: z.int().min(0).nullable(),
    /** How many tags the site lists, where `tags` are a part of them. */
    listed: z.int().min(0).optional(),
    /** Tuples of the GitLab v1 listing, sorted; null where the site has none or it could not be read. */
    gitlabV1: z.array(tuple()).readonly().nullable(),
    /** Tuples that somebody read narrowly elsewhere, when that is all there is: no verdict can come of them. */
    narrowOnly: z.array(tuple()).readonly().optional(),
    /** What Geo has stored as this site's checksum of the repository, where the user gave it. */
    storedChecksum: checksum().optional(),
  }),
);

export const snapshotSchema = schema((z) =>
  z.object({
    schemaVersion: z.literal(SNAPSHOT_SCHEMA_VERSION),
    kind: z.literal('snapshot'),
    tool: z.object({ name: z.literal('geo-registry-audit'), version: z.string() }),
    /** The side whose flags named the site; null when neither did, and it may stand on either side. */
    side: z.enum(SITES).nullable(),
    run: z.object({
      startedAt: z.iso.datetime(),
      finishedAt: z.iso.datetime(),
      clientPath: z.enum(CLIENT_PATHS),
      interrupted: z.boolean(),
      options: z.record(z.string(), z.unknown()),
    }),
    site: siteReport(),
    repositories: z.array(repositorySnapshot()),
    /** SHA-256 of the canonical JSON of the snapshot without it. */
    snapshotDigest: digest(),
  }),
);

/** A snapshot file. */
export type Snapshot = Omit<Valid<typeof snapshotSchema>, 'repositories'> & {
  repositories: List<RepositorySnapshot>;
};
/** A repository of a snapshot in use: a million tags are not a million objects (`audit/tag-columns.ts`). */
export type RepositorySnapshot = Readonly<
  Omit<Valid<typeof repositorySnapshot>, 'tags' | 'gitlabV1'> & {
    tags: List<TagEntry>;
    gitlabV1: List<readonly [name: string, digest: string | null]> | null;
  }
>;
export type ReadError = Readonly<Valid<typeof readError>>;
/** A listed tag with what the site answered for it. */
export type TagEntry = Readonly<Valid<typeof repositorySnapshot>['tags'][number]>;
/** What a site is, as found before its repositories were read; its URL without user info. */
export type SiteIdentity = Valid<typeof siteReport>;

/** The digest that seals a snapshot; a digest already there is ignored. */
export function snapshotDigest(snapshot: Omit<Snapshot, 'snapshotDigest'>): string {
  const { snapshotDigest: _, ...rest }: Partial<Snapshot> = snapshot;
  return canonicalDigest(rest);
}
