import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema } from '../../src/report/json-schema.ts';
import { reportSchema } from '../../src/report/report.ts';
import { fiftyTwoOfSixtyTwo, nastyReport, report } from '../reporters/fixtures.ts';

const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(reportJsonSchema());

describe('reportJsonSchema', () => {
  it.each([
    ['every kind of content', nastyReport()],
    ['52 of 62', fiftyTwoOfSixtyTwo()],
    ['no repository', report([])],
  ])('accepts, as zod does, a report of %s', (_, value) => {
    validate(value);
    expect(validate.errors).toBeNull();
    expect(reportSchema().safeParse(value).success).toBe(true);
  });

  it.each([
    ['another schema version', { schemaVersion: 2 }],
    ['a digest that is none', { reportDigest: 'sha256:abc' }],
    ['a missing part', { sites: undefined }],
    ['an unknown verdict', { summary: { ...report([]).summary, verdict: 'MAYBE' } }],
    ['a time that is none', { run: { ...report([]).run, startedAt: 'yesterday' } }],
  ])('refuses, as zod does, a report with %s', (_, change) => {
    const value = JSON.parse(JSON.stringify({ ...report([]), ...change }));
    expect(validate(value)).toBe(false);
    expect(reportSchema().safeParse(value).success).toBe(false);
  });

  it('names itself', () => {
    expect(reportJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:geo-registry-audit:report:1',
    });
  });
});
