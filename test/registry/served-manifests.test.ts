import { describe, expect, test } from 'vitest';
import { NO_MANIFEST, ServedManifests } from '../../src/registry/served-manifests.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** One that has served `A`, with an ETag. */
function afterOne(etag: string | null = `"${A}"`): ServedManifests {
  const served = new ServedManifests();
  served.note(A, TYPE, () => etag, null);
  return served;
}

/** One whose registry has answered the question of trust as it should. */
function trusted(): ServedManifests {
  const served = afterOne();
  served.note(A, TYPE, () => null, NO_MANIFEST);
  return served;
}

describe('what is asked of a tag that is thought to lead to a digest', () => {
  test('all, where the digest was not served here', () => {
    expect(new ServedManifests().questionOf(A)).toBeNull();
    expect(trusted().questionOf(B)).toBeNull();
  });

  test.each([
    ['no ETag', null],
    ['a weak one', `W/"${A}"`],
    ['one without quotes', A],
    ['that of something else', `"${B}"`],
  ])('all, where it was served with %s', (_, etag) => {
    expect(afterOne(etag).questionOf(A)).toBeNull();
  });

  test('first of all whether it leads to nothing at all', () => {
    expect(afterOne().questionOf(A)).toBe(NO_MANIFEST);
  });

  test('whether it leads there, once that was answered in full', () => {
    expect(trusted().questionOf(A)).toBe(A);
  });

  test('all, ever after that was answered by 304', () => {
    const served = afterOne();
    expect(served.confirmed(NO_MANIFEST)).toBeNull();
    expect(served.questionOf(A)).toBeNull();
    served.note(A, TYPE, () => `"${A}"`, NO_MANIFEST);
    expect(served.questionOf(A)).toBeNull();
  });
});

test('a 304 gives what was served under the digest', () => {
  expect(trusted().confirmed(A)).toEqual({ digest: A, mediaType: TYPE });
});

test('no more than 20,000 digests are remembered', () => {
  const served = trusted();
  const digestOf = (number: number) => `sha256:${String(number).padStart(64, '0')}`;
  for (let number = 1; number <= 30_000; number++) {
    const digest = digestOf(number);
    served.note(digest, TYPE, () => `"${digest}"`, null);
  }
  expect(served.questionOf(digestOf(1))).toBe(digestOf(1));
  expect(served.questionOf(digestOf(30_000))).toBeNull();
});
