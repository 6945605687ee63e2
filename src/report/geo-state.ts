import { schema, type Valid } from '../core/schema.ts';

/** What each sync state number of Geo means (`docs/facts.md` §10). */
export const GEO_STATES = ['pending', 'started', 'synced', 'failed'] as const;

/** What Geo itself has on record for a repository, from an export that the user gave. */
export const geoState = schema((z) =>
  z.object({
    /** 0 pending, 1 started, 2 synced, 3 failed; null when the export does not say. */
    state: z.int().min(0).max(3).nullable(),
    stateWords: z.enum(GEO_STATES).nullable(),
    retryCount: z.int().min(0).nullable(),
    lastSyncFailure: z.string().nullable(),
    /** As the export has it. */
    lastSyncedAt: z.string().nullable(),
  }),
);

export type GeoState = Valid<typeof geoState>;
