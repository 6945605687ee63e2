import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../src/report/json-schema.ts';
import { snapshotDigest, snapshotSchema } from '../../src/report/snapshot.ts';
import {
  broken,
  digest,
  image,
  index,
  narrow,
  snapshot,
  unknown,
  unreadable,
} from '../audit/support/snapshots.ts';
import { sealed, snapshotFile } from './snapshots.ts';

const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(SCHEMAS.snapshot());

describe('a snapshot file', () => {
  it.each([
    ['nothing', sealed([])],
    ['an image', snapshotFile({ latest: 'a' })],
    [
      'every kind of reading',
      sealed([snapshot({ a: image('a'), b: index('b'), c: broken(), d: index('d', narrow(null)) })]),
    ],
    [
      'repositories that are unknown and unreadable',
      sealed([unknown(), { ...unreadable('TIMEOUT', null), path: 'x/y' }]),
    ],
    [
      'tuples and a stored checksum',
      sealed([
        snapshot(
          {},
          {
            gitlabV1: [
              ['a', digest('a')],
              ['b', null],
            ],
            narrowOnly: [['a', null]],
            storedChecksum: 'e'.repeat(64),
          },
        ),
      ]),
    ],
  ])('of %s fits the published schema and zod', (_, value) => {
    validate(JSON.parse(JSON.stringify(value)));
    expect(validate.errors).toBeNull();
    expect(snapshotSchema().parse(value)).toEqual(value);
  });

  it.each([
    ['another kind', { kind: 'report' }],
    ['another version', { schemaVersion: 2 }],
    ['a side that is none', { side: 'both' }],
    ['a digest that is none', { snapshotDigest: 'abc' }],
  ])('with %s fits neither', (_, change) => {
    const value = { ...snapshotFile({ a: 'a' }), ...change };
    expect(validate(value)).toBe(false);
    expect(snapshotSchema().safeParse(value).success).toBe(false);
  });

  it('is sealed by all of its content but the seal, whatever the order of its keys', () => {
    const value = snapshotFile({ a: 'a' });
    expect(snapshotDigest({ ...value })).toBe(value.snapshotDigest);
    expect(snapshotDigest(Object.fromEntries(Object.entries(value).reverse()) as typeof value)).toBe(
      value.snapshotDigest,
    );
    expect(snapshotDigest({ ...value, side: 'primary' })).not.toBe(value.snapshotDigest);
  });
});
