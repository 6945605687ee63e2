import { zod } from '../core/schema.ts';
import { planJsonSchema } from './plan.ts';
import { reportSchema, SCHEMA_VERSION } from './report.ts';
import { SNAPSHOT_SCHEMA_VERSION, snapshotSchema } from './snapshot.ts';

/**
 * The published JSON Schema (draft 2020-12) of `report.json`, generated from the zod schemas that define the
 * report. Objects are closed: a key the schema does not name is a mistake of whoever wrote the file.
 *
 * @returns a plain value, to be written to `reports/schema/report.schema.json`
 */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...body } = zod().toJSONSchema(reportSchema(), { target: 'draft-2020-12' });
  return {
    $schema,
    $id: `urn:geo-registry-audit:report:${SCHEMA_VERSION}`,
    title: `geo-registry-audit report, schemaVersion ${SCHEMA_VERSION}`,
    description:
      'Comparison of the container registries of a GitLab Geo primary and secondary, tag by tag. ' +
      'reportDigest is the SHA-256 of the canonical JSON (fast-json-stable-stringify) of the report without it.',
    ...body,
  };
}

/** The published JSON Schema of `snapshot.json`, made as the report's is. */
function snapshotJsonSchema(): Record<string, unknown> {
  const { $schema, ...body } = zod().toJSONSchema(snapshotSchema(), { target: 'draft-2020-12' });
  return {
    $schema,
    $id: `urn:geo-registry-audit:snapshot:${SNAPSHOT_SCHEMA_VERSION}`,
    title: `geo-registry-audit snapshot, schemaVersion ${SNAPSHOT_SCHEMA_VERSION}`,
    description: 'What the container registry of one site gave: the half of a comparison.',
    ...body,
  };
}

/** The published schemas by the name of their file, `reports/schema/<name>.schema.json`. */
export const SCHEMAS = {
  report: reportJsonSchema,
  snapshot: snapshotJsonSchema,
  plan: planJsonSchema,
} as const;
