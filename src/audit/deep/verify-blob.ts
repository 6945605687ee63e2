import { createHash } from 'node:crypto';
import { noteStreamed } from '../../core/buffer-sweep.ts';
import type { Digest } from '../../core/digest.ts';
import { AuditError, TransportError } from '../../errors.ts';
import { getBlob } from '../../registry/blobs.ts';
import { errorOfFault } from '../read-failure.ts';
import { absence, type ContentSource, type Presence } from './ask-content.ts';

/** Downloads in a row that broke off without a new byte. */
const MOST_FRUITLESS = 3;

/**
 * Downloads a blob and hashes it, a chunk in memory at a time. A download that breaks off goes on where it
 * stopped, by `Range`.
 *
 * @param onBytes called with the bytes of each chunk
 */
export async function verifyBlob(
  { client, path, signal }: ContentSource,
  digest: Digest,
  onBytes: (bytes: number) => void,
): Promise<Presence> {
  const algorithm = digest.slice(0, digest.indexOf(':'));
  const hash = createHash(algorithm);
  let position = 0;
  let fruitless = 0;
  for (;;) {
    const before = position;
    try {
      signal?.throwIfAborted();
      const answer = await getBlob(client, path, digest, position, signal);
      if (answer.kind === 'refused') return absence(answer, `read blob ${digest} of ${path}`);
      // A server that ignores `Range` sends what was hashed already once more.
      let skip = position - answer.start;
      for await (const chunk of answer.stream as AsyncIterable<Uint8Array>) {
        noteStreamed(chunk.length);
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        hash.update(fresh);
        position += fresh.length;
        onBytes(fresh.length);
      }
      if (answer.total !== null && position < answer.total) {
        const why = `it ended after ${position} of ${answer.total} bytes`;
        throw new TransportError('BODY_TRUNCATED', `could not read blob ${digest} of ${path}: ${why}`);
      }
      const found = `${algorithm}:${hash.digest('hex')}`;
      return found === digest ? { state: 'present', size: position } : { state: 'corrupt', found };
    } catch (fault) {
      fruitless = position > before ? 0 : fruitless + 1;
      if (signal?.aborted || fruitless >= MOST_FRUITLESS || !isBrokenStream(fault)) {
        return { state: 'failed', error: errorOfFault(asOurs(fault, digest, path), signal) };
      }
    }
  }
}

/** What a stream throws when its connection breaks is no error of ours; the transport has retried the others. */
function isBrokenStream(fault: unknown): boolean {
  return fault instanceof AuditError ? fault.code === 'BODY_TRUNCATED' : hasCode(fault);
}

function asOurs(fault: unknown, digest: Digest, path: string): unknown {
  if (fault instanceof AuditError || !hasCode(fault)) return fault;
  const why = `the connection broke (${String(fault.code)})`;
  return new TransportError('BODY_TRUNCATED', `could not read blob ${digest} of ${path}: ${why}`);
}

function hasCode(fault: unknown): fault is Error & { code: unknown } {
  return fault instanceof Error && 'code' in fault;
}
