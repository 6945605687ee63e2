import { noteStreamed } from '../core/buffer-sweep.ts';
import type { Clock } from '../core/clock.ts';
import type { Digest } from '../core/digest.ts';
import { AuditError, TransportError } from '../errors.ts';
import { getBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { ActionError, refusedAction } from './action-error.ts';

/** Where a blob is read from. */
export interface BlobSource {
  readonly client: RegistryClient;
  readonly path: string;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** A blob's bytes in order, one chunk in memory at a time. */
export interface BlobReader {
  /** Bytes of the whole blob; null when the registry does not say. */
  readonly total: number | null;
  /**
   * The next bytes, at most `limit`; null at the end.
   * @throws ActionError when the primary refuses; TransportError when it stays away
   */
  read(limit: number): Promise<Uint8Array | null>;
  close(): void;
}

/** Attempts in a row that brought no byte. */
const MOST_FRUITLESS = 5;
const FIRST_PAUSE_MS = 500;

/**
 * Opens a blob for reading from an offset on. A download that breaks off goes on where it stopped, by `Range`;
 * whoever reads does not notice. Nothing is verified here: the reader of the bytes does that.
 */
export async function openBlobReader(source: BlobSource, from: number): Promise<BlobReader> {
  let position = from;
  let total: number | null = null;
  let rest: Uint8Array | null = null;
  let chunks: AsyncIterator<Uint8Array> | null = null;
  let stop: () => void = () => undefined;
  let fruitless = 0;

  async function open(): Promise<void> {
    const { client, path, digest, signal } = source;
    const answer = await getBlob(client, path, digest, position, signal);
    if (answer.kind === 'refused') {
      // 416 at the very end of a blob whose length nobody told: there is nothing more.
      if (answer.status === 416 && position > 0 && total === null) total = position;
      else {
        const missing = answer.status === 404 ? 'MISSING' : 'REFUSED';
        throw refusedAction(`read blob ${digest} of ${path} on the primary`, answer, missing);
      }
      return;
    }
    total ??= answer.total;
    chunks = answer.stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    stop = () => answer.stream.on('error', () => undefined).destroy();
    await skip(position - answer.start);
  }

  /** A server that ignores `Range` sends what is already here once more. */
  async function skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const chunk = await chunks?.next();
      if (chunk === undefined || chunk.done) throw broken('it ended early');
      if (chunk.value.length > left) rest = chunk.value.subarray(left);
      left -= chunk.value.length;
    }
  }

  async function next(): Promise<Uint8Array | null> {
    if (rest !== null) {
      const bytes = rest;
      rest = null;
      return bytes;
    }
    const chunk = await chunks?.next();
    if (chunk !== undefined && !chunk.done) return chunk.value;
    if (total !== null && position < total) throw broken(`it ended after ${position} of ${total} bytes`);
    return null;
  }

  function broken(why: string): TransportError {
    const { digest, path } = source;
    return new TransportError('BODY_TRUNCATED', `could not read blob ${digest} of ${path}: ${why}`);
  }

  async function persistently<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        if (chunks === null && (total === null || position < total)) await open();
        return await step();
      } catch (error) {
        stop();
        chunks = null;
        rest = null;
        source.signal?.throwIfAborted();
        if (!isTemporary(error) || ++fruitless >= MOST_FRUITLESS) throw asTransportError(error, broken);
        const pause = source.clock.random() * FIRST_PAUSE_MS * 2 ** fruitless;
        await source.clock.sleep(pause, source.signal);
      }
    }
  }

  await persistently(async () => undefined);
  return {
    get total() {
      return total;
    },
    read: async (limit) => {
      const bytes = await persistently(next);
      if (bytes === null) return null;
      fruitless = 0;
      const taken = bytes.subarray(0, limit);
      if (bytes.length > limit) rest = bytes.subarray(limit);
      position += taken.length;
      noteStreamed(taken.length);
      return taken;
    },
    close: () => stop(),
  };
}

/** What a stream throws when its connection breaks is no error of ours, and is temporary; a refusal is not. */
function isTemporary(error: unknown): boolean {
  if (error instanceof TransportError)
    return ['UNREACHABLE', 'TIMEOUT', 'BODY_TRUNCATED'].includes(error.code);
  return isStreamFault(error);
}

function isStreamFault(error: unknown): error is Error & { code: unknown } {
  return (
    error instanceof Error &&
    'code' in error &&
    !(error instanceof AuditError) &&
    !(error instanceof ActionError)
  );
}

function asTransportError(error: unknown, broken: (why: string) => TransportError): unknown {
  return isStreamFault(error) ? broken(`the connection broke (${String(error.code)})`) : error;
}
