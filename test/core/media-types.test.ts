import { describe, expect, test } from 'vitest';
import { isIndexType, isSchema1Type, MediaType, parseMediaType } from '../../src/core/media-types.ts';

describe('parseMediaType', () => {
  test.each<[string, string | null | undefined, string | null]>([
    ['a plain type', MediaType.ociIndex, MediaType.ociIndex],
    ['parameters go', 'application/json; charset=utf-8', 'application/json'],
    ['case goes', 'Application/JSON', 'application/json'],
    ['spaces go', '  application/json  ;q=1', 'application/json'],
    ['an empty header', '', null],
    ['blanks only', '  ', null],
    ['parameters only', '; charset=utf-8', null],
    ['no header (null)', null, null],
    ['no header (undefined)', undefined, null],
  ])('%s', (_name, header, expected) => {
    expect(parseMediaType(header)).toBe(expected);
  });
});

describe('kinds of manifest', () => {
  test.each<[string | null, boolean, boolean]>([
    [MediaType.dockerManifest, false, false],
    [MediaType.ociManifest, false, false],
    [MediaType.ociArtifact, false, false],
    [MediaType.dockerList, true, false],
    [MediaType.ociIndex, true, false],
    [MediaType.dockerSchema1, false, true],
    [MediaType.dockerSchema1Signed, false, true],
    ['text/html', false, false],
    [null, false, false],
  ])('%s: index %s, schema 1 %s', (mediaType, index, schema1) => {
    expect(isIndexType(mediaType)).toBe(index);
    expect(isSchema1Type(mediaType)).toBe(schema1);
  });
});
