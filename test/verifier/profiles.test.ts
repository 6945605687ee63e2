import { expect, it } from 'vitest';
import { MediaType } from '../../src/core/media-types.ts';
import type { ResolvedTag, UnresolvableTag } from '../../src/core/tag-reading.ts';
import { narrowTuple, narrowWithoutAsking, wideTuple } from '../../src/verifier/profiles.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CHILD = `sha256:${'b'.repeat(64)}`;

it.each([
  ['dockerManifest', true],
  ['ociManifest', true],
  ['ociIndex', false],
  ['dockerList', false],
  ['dockerSchema1', false],
  ['dockerSchema1Signed', false],
  ['ociArtifact', false],
] as const)('%s: the narrow answer is known without asking: %s', (type, known) => {
  const answer = narrowWithoutAsking({ state: 'resolved', digest: DIGEST, mediaType: MediaType[type] });
  expect(answer).toEqual(known ? { state: 'resolved', digest: DIGEST, status: null, probed: false } : null);
});

it('asks for a tag whose media type nobody told', () => {
  expect(narrowWithoutAsking({ state: 'resolved', digest: DIGEST, mediaType: null })).toBeNull();
});

it('knows that what does not resolve widely does not resolve narrowly', () => {
  const expected = { state: 'unresolvable', digest: null, status: null, probed: false };
  expect(narrowWithoutAsking({ state: 'unresolvable' })).toEqual(expected);
});

it('makes tuples with nil for what does not resolve, and none for what was not read', () => {
  const index: ResolvedTag = {
    state: 'resolved',
    digest: DIGEST,
    mediaType: MediaType.dockerList,
    narrow: { state: 'resolved', digest: CHILD, status: 200, probed: true },
  };
  const broken: UnresolvableTag = {
    state: 'unresolvable',
    digest: null,
    mediaType: null,
    status: 500,
    reason: 'unknown error',
    code: 'UNKNOWN',
    narrow: { state: 'unresolvable', digest: null, status: null, probed: false },
  };
  expect(wideTuple('v1', index)).toEqual(['v1', DIGEST]);
  expect(narrowTuple('v1', index)).toEqual(['v1', CHILD]);
  expect(wideTuple('v1', broken)).toEqual(['v1', null]);
  expect(narrowTuple('v1', broken)).toEqual(['v1', null]);
  expect(narrowTuple('v1', { ...index, narrow: null })).toBeNull();
});
