import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UsageError } from '../errors.ts';
import { parseSnapshot } from '../report/read-file.ts';
import type { Snapshot } from '../report/snapshot.ts';
import { readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';

/** A gzip stream begins with these two bytes (RFC 1952). */
const GZIP = [0x1f, 0x8b];
/** What a snapshot may unpack to: longer text is more than one JavaScript string can hold. */
const LARGEST_TEXT = 512 * 1024 * 1024 - 1;

/**
 * Reads a snapshot file, gzip or not, whatever its name.
 *
 * @throws UsageError in one line with the file's name
 */
export async function readSnapshotFile(
  path: string,
  context: Pick<RunContext, 'readStdin'>,
): Promise<Snapshot> {
  if (path === '-') return parseSnapshot(await context.readStdin(), 'standard input');
  return parseSnapshot(unpacked(path) ?? (await readInput(path, context)), path);
}

function unpacked(path: string): string | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    // Said in words by the reader of plain files.
    return null;
  }
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_TEXT }).toString('utf8');
  } catch (cause) {
    throw new UsageError(`${path} is not a snapshot: its gzip data is cut off or damaged`, { cause });
  }
}
