import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Digest } from '../core/digest.ts';
import { digestOf } from '../core/digest.ts';

interface SignedManifest {
  readonly signatures?: readonly { readonly protected?: string }[];
}

/**
 * Signs a schema 1 manifest as libtrust does ("pretty" JWS: the signatures sit inside the JSON). Distribution
 * with schema 1 enabled accepts the result. The signing key is new each time, so the bytes differ from call to
 * call; the digest does not, for it is over the payload alone.
 *
 * @param payload indented JSON ending in `\n}`
 */
export function signSchema1(payload: string): Uint8Array {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  const kid = keyId(publicKey.export({ format: 'der', type: 'spki' }));
  const formatLength = Buffer.byteLength(payload) - 2;
  const guarded = encode(
    JSON.stringify({ formatLength, formatTail: encode('\n}'), time: '2020-01-01T00:00:00Z' }),
  );
  const signature = sign('sha256', Buffer.from(`${guarded}.${encode(payload)}`), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64url');
  const signatures = [
    { header: { jwk: { crv, kid, kty, x, y }, alg: 'ES256' }, signature, protected: guarded },
  ];
  return Buffer.from(`${payload.slice(0, -2)},\n   "signatures": ${JSON.stringify(signatures)}\n}`);
}

/** The digest of a schema 1 manifest: over its payload without the signatures (`docs/facts.md` §7). */
export function schema1Digest(bytes: Uint8Array): Digest {
  return digestOf(schema1Payload(bytes));
}

function schema1Payload(bytes: Uint8Array): Uint8Array {
  const manifest = JSON.parse(Buffer.from(bytes).toString()) as SignedManifest;
  const guarded = manifest.signatures?.[0]?.protected;
  if (guarded === undefined) return bytes;
  const { formatLength, formatTail } = JSON.parse(Buffer.from(guarded, 'base64url').toString()) as {
    formatLength: number;
    formatTail: string;
  };
  return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** libtrust's key id: SHA-256 of the public key, its first 30 bytes in base32, in groups of four. */
function keyId(der: Uint8Array): string {
  const bytes = createHash('sha256').update(der).digest().subarray(0, 30);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const text = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
  return (text.match(/.{4}/g) ?? []).join(':');
}
