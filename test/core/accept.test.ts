import { describe, expect, test } from 'vitest';
import { accepts, NARROW, WIDE } from '../../src/core/accept.ts';
import { MediaType } from '../../src/core/media-types.ts';

test('the header is one comma-separated line in the order GitLab sends', () => {
  expect(NARROW.header).toBe(
    'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
  );
  expect(WIDE.header).toBe(
    `${NARROW.header}, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json`,
  );
});

describe('accepts', () => {
  test.each<[string | null, boolean, boolean]>([
    [MediaType.dockerManifest, true, true],
    [MediaType.ociManifest, true, true],
    [MediaType.dockerList, false, true],
    [MediaType.ociIndex, false, true],
    [MediaType.dockerSchema1Signed, false, false],
    [MediaType.ociArtifact, false, false],
    ['application/json', false, false],
    [null, false, false],
  ])('%s: narrow %s, wide %s', (mediaType, narrow, wide) => {
    expect(accepts(NARROW, mediaType)).toBe(narrow);
    expect(accepts(WIDE, mediaType)).toBe(wide);
  });
});
