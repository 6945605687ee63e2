import { createHash } from 'node:crypto';
import type { Digest } from '../core/digest.ts';
import { schema, type Valid, zod } from '../core/schema.ts';
import { canonicalChunks } from './canonical.ts';
import { SCHEMA_VERSION } from './report.ts';
import { digest } from './tag-report.ts';

/**
 * The reconcile plan (`plan.json`, `docs/fix.md`): what would have to be done to the secondary, as data.
 * The zod schemas are its definition, as the report's are.
 */
export const PLAN_KIND = 'reconcile-plan';

const id = schema((z) => z.string().regex(/^[1-9][0-9]*$/));
const tag = schema((z) => z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/));
/** The grammar of `core/repository-path.ts`: what stands here ends up in a URL. */
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const path = schema((z) =>
  z
    .string()
    .max(255)
    .regex(new RegExp(`^${component}(?:/${component})*$`)),
);

const copyAction = schema((z) =>
  z.object({
    id: id(),
    type: z.literal('copy'),
    tag: tag(),
    /** What the primary's tag points at. */
    digest: digest(),
    /** What the secondary's tag must still resolve to before it is written; null: it must not resolve. */
    replaces: digest().nullable(),
    reason: z.string(),
  }),
);

const deleteAction = schema((z) =>
  z.object({
    id: id(),
    type: z.literal('delete'),
    tag: tag(),
    /** What the secondary's tag must still resolve to; null: it must not resolve. */
    expects: digest().nullable(),
    reason: z.string(),
  }),
);

const noAction = schema((z) =>
  z.object({ id: id(), type: z.literal('none'), tag: tag(), reason: z.string() }),
);

export const planSchema = schema((z) =>
  z.object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    kind: z.literal(PLAN_KIND),
    createdAt: z.iso.datetime(),
    reportDigest: digest(),
    sites: z.object({ primary: z.object({ url: z.string() }), secondary: z.object({ url: z.string() }) }),
    repositories: z.array(
      z.object({
        path: path(),
        actions: z.array(z.discriminatedUnion('type', [copyAction(), deleteAction(), noAction()])),
      }),
    ),
    planDigest: digest(),
  }),
);

export type Plan = Valid<typeof planSchema>;
export type PlanRepository = Plan['repositories'][number];
export type PlanAction = PlanRepository['actions'][number];
export type CopyAction = Valid<typeof copyAction>;
export type DeleteAction = Valid<typeof deleteAction>;

/**
 * The plan's identity: SHA-256 of its canonical JSON without `planDigest` (a value given with one is digested
 * without it, so that the same call seals a plan and checks one).
 */
export function planDigest(plan: Omit<Plan, 'planDigest'>): Digest {
  const { planDigest: _, ...content }: Partial<Plan> = plan;
  const hash = createHash('sha256');
  for (const chunk of canonicalChunks(content)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * The published JSON Schema (draft 2020-12) of `plan.json`.
 *
 * @returns a plain value, to be written to `reports/schema/plan.schema.json`
 */
export function planJsonSchema(): Record<string, unknown> {
  const { $schema, ...body } = zod().toJSONSchema(planSchema(), { target: 'draft-2020-12' });
  return {
    $schema,
    $id: `urn:geo-registry-audit:plan:${SCHEMA_VERSION}`,
    title: `geo-registry-audit reconcile plan, schemaVersion ${SCHEMA_VERSION}`,
    description:
      'What is to be copied to and deleted from the secondary registry, tag by tag. ' +
      'planDigest is the SHA-256 of the canonical JSON (fast-json-stable-stringify) of the plan without it.',
    ...body,
  };
}
