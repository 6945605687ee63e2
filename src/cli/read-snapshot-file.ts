import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UsageError } from '../errors.ts';
import { parseSnapshot } from '../report/read-file.ts';
import type { Snapshot } from '../report/snapshot.ts';
import { inputName, readInput } from './read-input.ts';
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
  return parseSnapshot(
    (path === '-' ? null : unpacked(path)) ?? (await readInput(path, context)),
    inputName(path),
  );
}

/** The text of a gzip file; null for every other, whose reader says in words what is wrong with it. */
function unpacked(path: string): string | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return null;
  }
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return null;
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_TEXT }).toString('utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE' || code === 'ERR_STRING_TOO_LONG')
      throw new UsageError(`${path} unpacks to over 512 MiB, more than can be compared at once`, { cause });
    throw new UsageError(`${path} is not a snapshot: its gzip data is cut off or damaged`, { cause });
  }
}
