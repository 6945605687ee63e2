import { createHash } from 'node:crypto';
import fc from 'fast-check';
import stableStringify from 'fast-json-stable-stringify';
import { describe, expect, it } from 'vitest';
import { canonicalChunks, reportDigest } from '../../src/report/canonical.ts';
import { nastyReport } from '../reporters/fixtures.ts';

const joined = (value: unknown): string => [...canonicalChunks(value)].join('');

describe('canonicalChunks', () => {
  it('gives the bytes of fast-json-stable-stringify for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(joined(value)).toBe(stableStringify(value));
      }),
    );
  });

  it('gives the same bytes where a value is too large for one chunk', () => {
    const large = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 600, maxLength: 700 });
    fc.assert(
      fc.property(large, fc.string(), (array, key) => {
        const value = { z: 1, [key]: array, nested: { a: [array], b: Object.fromEntries(array.entries()) } };
        expect(joined(value)).toBe(stableStringify(value));
      }),
      { numRuns: 4 },
    );
  });

  it('gives the same bytes for tags, and for what is nearly a tag', () => {
    const odd = fc.jsonValue({ maxDepth: 2 });
    const often = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 9, arbitrary: usual }, odd);
    const narrow = fc.record(
      {
        digest: often(fc.option(fc.string())),
        probed: often(fc.boolean()),
        state: often(fc.string()),
        status: often(fc.option(fc.integer())),
      },
      { noNullPrototype: true },
    );
    const reading = fc.oneof(
      fc.constant({ state: 'absent' }),
      fc.record(
        {
          state: often(fc.constantFrom('resolved', 'absent', 'unresolvable')),
          digest: often(fc.string()),
          mediaType: often(fc.option(fc.string())),
          narrow: often(fc.option(narrow)),
          publishedAt: often(fc.string()),
        },
        { requiredKeys: ['state', 'digest', 'mediaType', 'narrow'], noNullPrototype: true },
      ),
    );
    const tag = fc.record(
      {
        name: often(fc.string()),
        status: often(fc.string()),
        primary: often(reading),
        secondary: often(reading),
        narrowStatus: often(fc.option(fc.string())),
        silentlySkipped: often(fc.option(fc.boolean())),
        unstable: often(fc.boolean()),
        causes: often(fc.array(often(fc.string()), { maxLength: 2 })),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 5 }), (tags) => {
        const filled = [...Array.from({ length: 600 }, () => 0), ...tags];
        expect(joined(filled).slice(1200)).toBe(stableStringify(filled).slice(1200));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['undefined, which is no JSON', undefined],
    ['undefined in a large object', { b: undefined, a: Array.from({ length: 1000 }, () => 1) }],
    ['undefined in a large array', [undefined, ...Array.from({ length: 1000 }, () => ({}))]],
    ['a date', { at: new Date(0), many: Array.from({ length: 1000 }, () => new Date(1)) }],
    ['numbers JSON writes otherwise', [-0, 1e21, 1e-7, Number.NaN]],
    ['keys beyond the Basic Multilingual Plane', { '\u{1f600}': 1, '\uffff': 2, a: 3 }],
  ])('agrees with the library on %s', (_, value) => {
    expect(joined(value)).toBe(stableStringify(value) ?? '');
  });

  it('gives no chunk that grows with the number of elements', () => {
    const value = { tags: Array.from({ length: 20_000 }, (_, i) => ({ name: `v${i}` })) };
    const longest = Math.max(...[...canonicalChunks(value)].map((chunk) => chunk.length));
    expect(longest).toBeLessThan(100);
  });
});

describe('reportDigest', () => {
  it('is the SHA-256 of the canonical JSON of the report without it', () => {
    const { reportDigest: given, ...content } = nastyReport();
    const text: string = stableStringify(content);
    expect(given).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`);
  });

  it('checks a report that carries its digest already', () => {
    const report = nastyReport();
    expect(reportDigest(report)).toBe(report.reportDigest);
    expect(reportDigest({ ...report, repositories: [] })).not.toBe(report.reportDigest);
  });
});
