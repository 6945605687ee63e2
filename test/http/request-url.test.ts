import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { urlsBelow } from '../../src/http/request-url.ts';

const BASES = [
  'http://127.0.0.1:5000/',
  'https://registry.example.com/',
  'https://Registry.Example.com:443/registry/',
  'https://example.com/registry',
  'https://user:secret@example.com/registry/',
  'https://example.com/?query#hash',
  'http://[::1]:5000/a/b/',
];
const FIELDS = ['href', 'origin', 'protocol', 'hostname', 'pathname', 'search'] as const;

/** What the parser makes of the same. */
function parsed(base: string, relative: string): URL {
  return new URL(new URL('./', base).href + relative);
}

describe.each(BASES)('URLs below %s are those of the parser', (base) => {
  const urls = urlsBelow(new URL(base));
  const expectParsed = (relative: string) => {
    const cut = relative.lastIndexOf('/') + 1;
    for (const url of [urls.at(relative), urls.within(relative.slice(0, cut), relative.slice(cut))])
      for (const field of FIELDS) expect(url[field], relative).toBe(parsed(base, relative)[field]);
  };

  test.each([
    'v2/',
    'v2/group/project/manifests/latest',
    `v2/group/project/manifests/sha256:${'ab'.repeat(32)}`,
    'v2/group/project/manifests/1.0_a-b..c',
    'v2/group/project/tags/list?n=100&last=a%2fb',
    'v2/../escape',
    'v2/a/./b',
    'v2/a/%2e%2e/b',
    'v2//b',
    'v2/a\\b',
    'v2/a b/ä',
    'v2/a\n/b',
    'v2/a/..',
    'v2/a/...',
    '',
  ])('%j', expectParsed);

  test('whatever is asked for', () => {
    const piece = fc.oneof(
      fc.constantFrom('.', '..', '/', '%2e', '%2f', ':', '@', '?', '#', '\\', '-', '_', '\t', 'ü'),
      fc.stringMatching(/^[\w.:-]{1,4}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => expectParsed(`v2/${pieces.join('')}`)),
    );
  });
});
