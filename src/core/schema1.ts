/**
 * The part of a signed Docker schema 1 manifest that its digest is over: the payload without its signatures
 * (`docs/facts.md` §7; docker/libtrust JSON signatures: `formatLength` bytes of the body, then `formatTail`).
 *
 * @returns null when the bytes are not a signed schema 1 manifest
 */
export function schema1Payload(bytes: Uint8Array): Uint8Array | null {
  try {
    const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      signatures?: Array<{ protected?: unknown }>;
    };
    const header = body.signatures?.[0]?.protected;
    if (typeof header !== 'string') return null;
    const format = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Record<string, unknown>;
    const { formatLength, formatTail } = format;
    if (typeof formatLength !== 'number' || typeof formatTail !== 'string') return null;
    if (!Number.isInteger(formatLength) || formatLength < 0 || formatLength > bytes.length) return null;
    return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
  } catch {
    return null;
  }
}
