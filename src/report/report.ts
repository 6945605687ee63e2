import type { List } from '../core/list.ts';
import { schema, type Valid } from '../core/schema.ts';
import { causeEvidence } from './cause-evidence.ts';
import { forecast } from './forecast.ts';
import { geoState } from './geo-state.ts';
import { digest, type TagReport, tagReport } from './tag-report.ts';
import { traffic } from './traffic.ts';

/**
 * The report: the one value every reporter, `render`, `plan`, `diff` and `merge` work from. The zod schemas
 * are its definition; `reports/schema/report.schema.json` is generated from them (`npm run docs`).
 */
export const SCHEMA_VERSION = 1;

export const VERDICTS = ['IN-SYNC', 'OUT-OF-SYNC', 'INCOMPLETE'] as const;
export const SITES = ['primary', 'secondary'] as const;

export const checksum = schema((z) => z.string().regex(/^[0-9a-f]{64}$/));
const count = schema((z) => z.int().min(0));

/** Something that could not be read. `tags` names the tags it left without a verdict. */
export const siteError = schema((z) =>
  z.object({
    site: z.enum(SITES),
    code: z.string(),
    status: z.int().nullable(),
    message: z.string(),
    hint: z.string().optional(),
    tags: z.array(z.string()).optional(),
  }),
);

const checksumPair = schema((z) =>
  z.object({
    primary: checksum().nullable(),
    secondary: checksum().nullable(),
    equal: z.boolean().nullable(),
  }),
);

const checksums = schema((z) =>
  z.object({ wide: checksumPair(), narrow: checksumPair(), gitlabV1: checksumPair() }),
);

const counts = schema((z) =>
  z.object({
    total: count(),
    MATCH: count(),
    MISMATCH: count(),
    'PRIMARY-ONLY': count(),
    'SECONDARY-ONLY': count(),
    UNRESOLVABLE: count(),
  }),
);

const sitePart = schema((z) =>
  z.object({
    /** Tags that the site lists in all parts together. */
    listed: count(),
    /** Of those, how many the verifier sees, which reads one page; null where they were not listed by `/v2/`. */
    firstPage: count().nullable(),
    complete: z.object({ wide: z.boolean(), narrow: z.boolean() }),
    /** The part's tuples of the GitLab v1 listing, `as read` where they are those of the tags; null where there are none. */
    gitlabV1: z
      .union([z.literal('as read'), z.array(z.tuple([z.string(), z.string().nullable()]))])
      .nullable(),
  }),
);

/** What a run that read a part of a repository's tags knows of the whole, for `merge`. */
const repositoryPart = schema((z) =>
  z.object({ index: count(), count: count(), primary: sitePart(), secondary: sitePart() }),
);

export const repositoryReport = schema((z) =>
  z.object({
    path: z.string(),
    /** Only a part of the tags was read, by a hash of their names: no checksum, and nothing is said of the rest. */
    part: repositoryPart().optional(),
    verdict: z.enum(VERDICTS),
    /** Whether each site knows the repository; null where that could not be read. */
    presence: z.object({ primary: z.boolean().nullable(), secondary: z.boolean().nullable() }),
    /** What Geo has stored as the repository's checksum, where the user gave it; null where not. */
    storedChecksums: z
      .object({ primary: checksum().nullable(), secondary: checksum().nullable() })
      .optional(),
    errors: z.array(siteError()),
    checksums: checksums(),
    counts: counts().extend({ silentlySkipped: count().nullable() }),
    causes: z.array(z.string()),
    /** Why each cause is claimed, in the catalogue's order. */
    evidence: z.array(causeEvidence()).optional(),
    /** What Geo's sync does next; absent where a site's tags could not be listed. */
    forecast: forecast().optional(),
    /** Geo's own opinion, where the user gave it. */
    geo: geoState().optional(),
    tags: z.array(tagReport()),
  }),
);

export const siteReport = schema((z) =>
  z.object({
    url: z.string(),
    registry: z.object({
      vendor: z.enum(['gitlab', 'distribution', 'other']),
      version: z.string().nullable(),
      features: z.array(z.string()),
      database: z.boolean().nullable(),
      gitlabV1: z.boolean(),
      /** Whether a false `gitlabV1` is the site's own answer, or no answer came; absent where it is true. */
      gitlabV1Known: z.boolean().optional(),
      tagDelete: z.enum(['yes', 'no', 'unknown']),
    }),
  }),
);

const fixReport = schema((z) =>
  z.object({
    actions: z.array(
      z.object({
        id: z.string(),
        repository: z.string(),
        type: z.enum(['copy', 'delete', 'none']),
        tag: z.string(),
        outcome: z.enum(['done', 'skipped', 'failed']),
        detail: z.string(),
        bytes: count(),
      }),
    ),
    before: z.record(z.string(), checksums()),
    after: z.record(z.string(), checksums()),
    verified: z.boolean(),
  }),
);

export const reportSchema = schema((z) =>
  z.object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    tool: z.object({ name: z.literal('geo-registry-audit'), version: z.string() }),
    run: z.object({
      command: z.string(),
      startedAt: z.iso.datetime(),
      finishedAt: z.iso.datetime(),
      clientPath: z.enum(['docker-v2', 'gitlab-v1']),
      interrupted: z.boolean(),
      /** Repositories that an earlier run had read, when this one went on, and when the first of them was read. */
      resumed: z.object({ at: z.iso.datetime(), repositories: count(), oldest: z.iso.datetime() }).optional(),
      /** The part of the work that this run did, where several share it. */
      shard: z.object({ index: count(), count: count(), by: z.enum(['repository', 'tag']) }).optional(),
      /** What this run sent to each site; absent where a report was made without asking them. */
      traffic: traffic().optional(),
      /** The resolved settings; credentials appear as where they came from, never as what they are. */
      options: z.record(z.string(), z.unknown()),
    }),
    sites: z.object({ primary: siteReport(), secondary: siteReport() }),
    summary: z.object({
      verdict: z.enum(VERDICTS),
      repositories: z.object({
        total: count(),
        'IN-SYNC': count(),
        'OUT-OF-SYNC': count(),
        INCOMPLETE: count(),
      }),
      tags: counts(),
      silentlySkipped: count().nullable(),
      /** The causes of the whole run in words, in the catalogue's order. */
      causes: z
        .array(
          z.object({
            code: z.string(),
            says: z.string(),
            nextStep: z.string(),
            repositories: count(),
            tags: count(),
          }),
        )
        .optional(),
    }),
    repositories: z.array(repositoryReport()),
    fix: fixReport().nullable(),
    reportDigest: digest(),
  }),
);

/** The keys of a report and of a repository, in the contract's order: the schemas' own, known without making these. */
export const REPORT_KEYS = [
  'schemaVersion',
  'tool',
  'run',
  'sites',
  'summary',
  'repositories',
  'fix',
  'reportDigest',
] as const satisfies readonly (keyof Report)[];
export const REPOSITORY_KEYS = [
  'path',
  'part',
  'verdict',
  'presence',
  'storedChecksums',
  'errors',
  'checksums',
  'counts',
  'causes',
  'evidence',
  'forecast',
  'geo',
  'tags',
] as const satisfies readonly (keyof RepositoryReport)[];

/** A report in use: its repositories may lie in a file and be read as they are walked. */
export type Report = Omit<Valid<typeof reportSchema>, 'repositories'> & {
  repositories: List<RepositoryReport>;
};
/** A repository in use: its tags may be made, or read from a file, as they are walked. */
export type RepositoryReport = Omit<Valid<typeof repositoryReport>, 'tags'> & { tags: List<TagReport> };
export type RepositoryPart = Valid<typeof repositoryPart>;
export type SiteError = Valid<typeof siteError>;
export type SiteReport = Valid<typeof siteReport>;
export type RepositoryChecksums = Valid<typeof checksums>;
export type ChecksumPair = Valid<typeof checksumPair>;
export type FixReport = Valid<typeof fixReport>;
export type Verdict = (typeof VERDICTS)[number];
export type Site = (typeof SITES)[number];
