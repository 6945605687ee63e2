import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { schema1Payload } from '../../src/core/schema1.ts';
import { schema1Image } from '../../src/demo/images.ts';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (guarded: unknown): Uint8Array =>
  Buffer.from(JSON.stringify({ signatures: [{ protected: guarded }] }));

test('the digest of a signed manifest is over its payload without signatures', () => {
  const [first, second] = [schema1Image('a'), schema1Image('a')];
  for (const { manifests, digest } of [first, second]) {
    const payload = schema1Payload(manifests[0]?.bytes ?? new Uint8Array());
    expect(payload).not.toBeNull();
    expect(digestOf(payload ?? new Uint8Array())).toBe(digest);
    expect(JSON.parse(Buffer.from(payload ?? '').toString())).not.toHaveProperty('signatures');
  }
  // Another signature, the same content.
  expect(first.digest).toBe(second.digest);
  expect(first.manifests[0]?.bytes).not.toEqual(second.manifests[0]?.bytes);
});

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array()],
  ['no JSON', Buffer.from('<html>')],
  ['null', Buffer.from('null')],
  ['a list', Buffer.from('[]')],
  ['an unsigned manifest', Buffer.from('{"schemaVersion":1}')],
  ['no signature in the list', Buffer.from('{"signatures":[]}')],
  ['a header that is no text', signed(7)],
  ['a header that is no JSON', signed('!!!')],
  ['a header that is null', signed(base64url(null))],
  ['no length', signed(base64url({ formatTail: 'Cn0' }))],
  ['no tail', signed(base64url({ formatLength: 1 }))],
  ['a negative length', signed(base64url({ formatLength: -1, formatTail: '' }))],
  ['half a byte', signed(base64url({ formatLength: 1.5, formatTail: '' }))],
  ['a length past the end', signed(base64url({ formatLength: 1e9, formatTail: '' }))],
])('%s has no payload', (_name, bytes) => {
  expect(schema1Payload(bytes)).toBeNull();
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.json(), (bytes, json) => {
      schema1Payload(bytes);
      schema1Payload(Buffer.from(json));
    }),
  );
});
