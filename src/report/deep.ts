import { DEEP_NOTES, type DeepReading } from '../core/deep-reading.ts';
import { schema } from '../core/schema.ts';

const role = schema((z) => z.enum(['manifest', 'child', 'config', 'layer', 'blob', 'subject']));

/** What `--deep` found below a tag on one site; absent where it was not asked for. */
export const deepReading = schema((z) =>
  z.object({
    /** false where something below could not be read: the repository's errors say why. */
    complete: z.boolean(),
    missing: z
      .array(
        z.object({
          digest: z.string(),
          role: role(),
          mediaType: z.string().nullable(),
          size: z.int().min(0).nullable(),
        }),
      )
      .readonly(),
    /** Content that does not hash to its digest, or a descriptor whose digest is none. */
    corrupt: z.array(z.object({ digest: z.string(), role: role(), found: z.string() })).readonly(),
    notes: z.array(z.enum(DEEP_NOTES)).readonly(),
    /** How many findings the lists leave out. */
    omitted: z.int().min(1).optional(),
  }),
);

/** A tag with its readings, as far as a deep finding needs it. */
interface DeepTag {
  readonly primary: { readonly state: string; readonly deep?: DeepReading | undefined };
  readonly secondary: { readonly state: string; readonly deep?: DeepReading | undefined };
}

/**
 * Whether content that a pull needs is missing or corrupt below the tag on either site. A subject is not needed
 * for that.
 */
export function cannotBePulled({ primary, secondary }: DeepTag): boolean {
  return [primary.deep, secondary.deep].some(
    (deep) =>
      deep !== undefined && (deep.corrupt.length > 0 || deep.missing.some((part) => part.role !== 'subject')),
  );
}

/**
 * Whether the secondary lacks a subject that the primary has. One that neither has was never pushed, which
 * registries allow.
 */
export function lacksSubject({ primary, secondary }: DeepTag): boolean {
  if (primary.deep === undefined || secondary.deep === undefined) return false;
  const never = new Set(primary.deep.missing.map(({ digest }) => digest));
  return secondary.deep.missing.some(({ role, digest }) => role === 'subject' && !never.has(digest));
}

/** Whether a deep check found a difference or damage: such a tag is one to act on even when its digests match. */
export function hasDeepFault(tag: DeepTag): boolean {
  return cannotBePulled(tag) || lacksSubject(tag);
}

/** Whether there is something to say about a tag: it is not MATCH, or a deep check found fault with it. */
export function isFinding(tag: DeepTag & { readonly status: string }): boolean {
  return tag.status !== 'MATCH' || hasDeepFault(tag);
}
