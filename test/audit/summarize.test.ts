import { expect, it } from 'vitest';
import { classifyRepository } from '../../src/audit/classify.ts';
import { summarize } from '../../src/audit/summarize.ts';
import { image, index, snapshot, unreadable } from './support/snapshots.ts';

const inSync = classifyRepository(snapshot({ a: image('a') }), snapshot({ a: image('a') }));
const differs = classifyRepository(snapshot({ a: index('a'), b: image('b') }), snapshot({ a: index('x') }));
const incomplete = classifyRepository(snapshot({ a: image('a') }), unreadable('DENIED', 403));
const narrowOff = classifyRepository(snapshot({ a: index('a', null) }), snapshot({ a: index('a', null) }));

it.each([
  ['nothing', [], 'IN-SYNC'],
  ['one in sync', [inSync], 'IN-SYNC'],
  ['one that differs', [inSync, differs], 'OUT-OF-SYNC'],
  ['one that is incomplete, whatever the others are', [differs, inSync, incomplete], 'INCOMPLETE'],
])('%s: %#', (_, repositories, verdict) => {
  expect(summarize(repositories).verdict).toBe(verdict);
});

it('adds up repositories, tags and silent skips', () => {
  expect(summarize([inSync, differs, incomplete])).toEqual({
    verdict: 'INCOMPLETE',
    repositories: { total: 3, 'IN-SYNC': 1, 'OUT-OF-SYNC': 1, INCOMPLETE: 1 },
    tags: { total: 3, MATCH: 1, MISMATCH: 1, 'PRIMARY-ONLY': 1, 'SECONDARY-ONLY': 0, UNRESOLVABLE: 0 },
    silentlySkipped: 1,
  });
});

it('knows no number of silent skips when narrow was not read somewhere', () => {
  expect(summarize([differs, narrowOff]).silentlySkipped).toBeNull();
  expect(summarize([narrowOff, differs]).silentlySkipped).toBeNull();
});
