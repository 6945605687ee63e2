import { schema, type Valid } from '../core/schema.ts';
import { deepReading } from './deep.ts';

/** What a tag is called, read widely and read narrowly. */
export const STATUSES = ['MATCH', 'MISMATCH', 'PRIMARY-ONLY', 'SECONDARY-ONLY', 'UNRESOLVABLE'] as const;
export const NARROW_STATUSES = ['MATCH', 'MISMATCH', 'PRIMARY-ONLY', 'SECONDARY-ONLY'] as const;

export const digest = schema((z) => z.string().regex(/^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/));

const narrowReading = schema((z) =>
  z.object({
    state: z.enum(['resolved', 'unresolvable']),
    digest: digest().nullable(),
    status: z.int().nullable(),
    probed: z.boolean(),
    /** The registry's own words for a refusal, where they were asked for. */
    reason: z.string().optional(),
  }),
);

const resolvedTag = schema((z) =>
  z.object({
    state: z.literal('resolved'),
    digest: digest(),
    mediaType: z.string().nullable(),
    publishedAt: z.string().optional(),
    narrow: narrowReading().nullable(),
    deep: deepReading().optional(),
  }),
);

const unresolvableTag = schema((z) =>
  z.object({
    state: z.literal('unresolvable'),
    digest: z.null(),
    mediaType: z.null(),
    /** HTTP status of the answer; null when the reading came from a list that tells none. */
    status: z.int().nullable(),
    reason: z.string(),
    code: z.string().nullable(),
    narrow: narrowReading().nullable(),
  }),
);

/** A reading of a tag that the site lists. */
export const listedTag = schema((z) => z.discriminatedUnion('state', [resolvedTag(), unresolvableTag()]));

const tagReading = schema((z) =>
  z.discriminatedUnion('state', [resolvedTag(), unresolvableTag(), z.object({ state: z.literal('absent') })]),
);

/** One tag's verdict with the evidence of both sites. */
export const tagReport = schema((z) =>
  z.object({
    name: z.string(),
    status: z.enum(STATUSES),
    primary: tagReading(),
    secondary: tagReading(),
    /** What a site reading narrowly concludes; null when narrow was not read. */
    narrowStatus: z.enum(NARROW_STATUSES).nullable(),
    /** `narrowStatus` is MATCH and `status` is not: sync never touches it. null when narrow was not read. */
    silentlySkipped: z.boolean().nullable(),
    /** A site answered otherwise after the settle pause; `status` is the later reading. */
    unstable: z.boolean(),
    causes: z.array(z.string()),
  }),
);

export type TagReport = Valid<typeof tagReport>;
export type Status = (typeof STATUSES)[number];
export type NarrowStatus = (typeof NARROW_STATUSES)[number];
