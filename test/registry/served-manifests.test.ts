import { describe, expect, test } from 'vitest';
import { MOST_DIGESTS, NO_MANIFEST, ServedManifests } from '../../src/registry/served-manifests.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const BARE = { etag: null, digest: null };

/** One that has served `A`, with an ETag. */
function afterOne(etag: string | null = `"${A}"`, site = { isMistrusted: false }): ServedManifests {
  const served = new ServedManifests(site);
  served.note(A, TYPE, () => etag);
  return served;
}

/** One whose registry has passed the trial. */
function trusted(site = { isMistrusted: false }): ServedManifests {
  const served = afterOne(`"${A}"`, site);
  expect(served.questionOf(A)).toBe(NO_MANIFEST);
  served.endTrial(true);
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

  test('first of all whether it leads to what nothing has, and all while that is not answered', () => {
    const served = afterOne();
    expect(served.questionOf(A)).toBe(NO_MANIFEST);
    expect(served.questionOf(A)).toBeNull();
  });

  test('whether it leads there, once that was answered in full', () => {
    expect(trusted().questionOf(A)).toBe(A);
  });

  test('once more whether it leads to what nothing has, where that was not answered', () => {
    const served = afterOne();
    served.questionOf(A);
    served.endTrial(false);
    expect(served.questionOf(A)).toBe(NO_MANIFEST);
  });

  test('all, ever after that was answered by 304, in other repositories of the site as well', () => {
    const site = { isMistrusted: false };
    const served = afterOne(`"${A}"`, site);
    const elsewhere = trusted(site);
    expect(served.onNotModified(NO_MANIFEST, BARE)).toBeNull();
    served.endTrial(false);
    expect(served.questionOf(A)).toBeNull();
    expect(elsewhere.questionOf(A)).toBeNull();
    expect(elsewhere.onNotModified(A, BARE)).toBeNull();
  });
});

describe('a 304', () => {
  const answer = { digest: A, mediaType: TYPE };

  test.each([
    ['that names nothing', BARE],
    ['that names the digest', { etag: `"${A}"`, digest: A }],
  ])('%s gives what was served under the digest', (_, named) => {
    expect(trusted().onNotModified(A, named)).toEqual(answer);
  });

  test.each([
    ['another ETag', { etag: `"${B}"`, digest: null }],
    ['another digest', { etag: null, digest: B }],
  ])('that names %s is not believed, nor any after it', (_, named) => {
    const served = trusted();
    expect(served.onNotModified(A, named)).toBeNull();
    expect(served.onNotModified(A, BARE)).toBeNull();
    expect(served.questionOf(A)).toBeNull();
  });
});

test('so many digests are remembered, and no more', () => {
  const served = trusted();
  const digestOf = (number: number) => `sha256:${String(number).padStart(64, '0')}`;
  for (let number = 2; number <= MOST_DIGESTS + 1; number++) {
    const digest = digestOf(number);
    served.note(digest, TYPE, () => `"${digest}"`);
  }
  expect(served.questionOf(digestOf(MOST_DIGESTS))).toBe(digestOf(MOST_DIGESTS));
  expect(served.questionOf(digestOf(MOST_DIGESTS + 1))).toBeNull();
});

describe('whether a registry may be asked so at all', () => {
  const answered = (count: number, etag: string | null) => {
    const served = new ServedManifests();
    for (let number = 0; number < count; number++) served.note(A, TYPE, () => etag);
    return served.mayBeAsked;
  };

  test('yes, at first, and where it gives ETags', () => {
    expect(answered(0, null)).toBe(true);
    expect(answered(15, null)).toBe(true);
    expect(answered(16, `"${A}"`)).toBe(true);
  });

  test('no, where 16 answers have none, or it was found out', () => {
    expect(answered(16, null)).toBe(false);
    const served = trusted();
    served.onNotModified(NO_MANIFEST, BARE);
    expect(served.mayBeAsked).toBe(false);
  });
});
