import { schema, type Valid } from '../core/schema.ts';

/** Tags that an evidence names before it only counts them. */
export const NAMED_TAGS = 5;

/**
 * Why a cause is claimed: what a registry answered (status, header, message, digest), in one line. One entry
 * stands for every tag of the repository that carries the code, with one of them as the example.
 */
export const causeEvidence = schema((z) =>
  z.object({
    code: z.string(),
    /** Where it was seen; absent when both sites are part of it. */
    site: z.enum(['primary', 'secondary']).optional(),
    /** How many tags carry the code; 0 when it is the repository's alone. */
    count: z.int().min(0),
    /** The first of them in byte order. */
    tags: z.array(z.string()),
    detail: z.string(),
  }),
);

export type CauseEvidence = Valid<typeof causeEvidence>;
