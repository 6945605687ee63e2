import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, isDigest, matchesDigest } from '../../src/core/digest.ts';

const OF_NOTHING = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('isDigest', () => {
  test.each<[string, unknown, boolean]>([
    ['sha256 in lower case', OF_NOTHING, true],
    ['sha512', `sha512:${'0a'.repeat(64)}`, true],
    ['upper-case hex', OF_NOTHING.replace('e3b0', 'E3B0'), false],
    ['an upper-case algorithm', OF_NOTHING.replace('sha', 'SHA'), false],
    ['a digit too few', OF_NOTHING.slice(0, -1), false],
    ['a digit too many', `${OF_NOTHING}0`, false],
    ['a line end after it', `${OF_NOTHING}\n`, false],
    ['a space before it', ` ${OF_NOTHING}`, false],
    ['no algorithm', OF_NOTHING.slice(7), false],
    ['an empty algorithm', OF_NOTHING.slice(6), false],
    ['sha512 of sha256 length', `sha512:${'0'.repeat(64)}`, false],
    ['an unknown algorithm', `md5:${'0'.repeat(32)}`, false],
    ['the name of an inherited property as algorithm', `constructor:${'0'.repeat(64)}`, false],
    ['a path out of the registry', 'sha256:../../x', false],
    ['empty text', '', false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['a number', 7, false],
    ['a list with a digest', [OF_NOTHING], false],
  ])('%s', (_name, text, expected) => {
    expect(isDigest(text)).toBe(expected);
  });
});

describe('digestOf and matchesDigest', () => {
  test('the digest of nothing is the known one', () => {
    expect(digestOf(new Uint8Array())).toBe(OF_NOTHING);
  });

  test('every digest made is a digest and matches its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = digestOf(bytes);
        expect(isDigest(digest)).toBe(true);
        expect(matchesDigest(bytes, digest)).toBe(true);
      }),
    );
  });

  test('other bytes do not match', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array({ minLength: 1 }), (bytes, more) => {
        expect(matchesDigest(Buffer.concat([bytes, more]), digestOf(bytes))).toBe(false);
      }),
    );
  });

  test('sha512 is checked with sha512', () => {
    // printf abc | sha512sum
    const digest =
      'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
      '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f';
    expect(matchesDigest(Buffer.from('abc'), digest)).toBe(true);
    expect(matchesDigest(Buffer.from('abd'), digest)).toBe(false);
  });
});
