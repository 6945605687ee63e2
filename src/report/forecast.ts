import { schema, type Valid } from '../core/schema.ts';

const count = schema((z) => z.int().min(0));

/** Some tags: how many, exactly, and the first names in byte order. */
const someTags = schema((z) => z.object({ count: count(), tags: z.array(z.string()) }));

const readingForecast = schema((z) =>
  z.object({
    /** Tags that the sync copies from the primary, or tries to. */
    copy: someTags(),
    /** Those of them that the primary itself does not give this reader: the copy fails, and nothing says so. */
    uncopyable: someTags(),
    /** Tags of the secondary whose digest (or, for a wide reader without one, whose name) is deleted after the copies. */
    delete: someTags(),
    /** How many of those stay, since the copy gave them another digest: it is the old one that is deleted. */
    replaced: count(),
    /** Tags that ought to be deleted and have no digest to delete by (gitlab-org/gitlab#465580). */
    undeletable: someTags(),
    /** Tags that look equal to this reader, and how many of them are not. */
    skip: z.object({ count: count(), differing: count() }),
  }),
);

/**
 * What Geo's sync does next with a repository, read narrowly and read widely. A reading is null when it was not
 * made for every tag.
 */
export const forecast = schema((z) =>
  z.object({
    narrow: readingForecast().nullable(),
    wide: readingForecast().nullable(),
    /**
     * Digests that the sync would delete although a tag that matches has them as well: a delete by digest takes
     * away every tag that points there.
     */
    endangered: z.array(
      z.object({
        digest: z.string(),
        readings: z.array(z.enum(['narrow', 'wide'])),
        /** For whose sake the digest is deleted. */
        deletedFor: someTags(),
        /** The tags that match and go with it. */
        tags: someTags(),
      }),
    ),
    /** All tags that match and would be deleted, also of digests that are not listed above. */
    endangeredTags: count(),
    /** Tags that the sync copies and then loses again, because the digest is deleted for another tag's sake. */
    undone: someTags(),
  }),
);

export type Forecast = Valid<typeof forecast>;
export type ReadingForecast = Valid<typeof readingForecast>;
export type SomeTags = Valid<typeof someTags>;
