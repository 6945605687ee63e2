import { closeSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../errors.ts';

/** Secrets, keys and certificates are small; a device or a huge file is a mistake. */
const LARGEST_FILE = 4 * 1024 * 1024;

/**
 * The text of a file that an option names.
 *
 * @param source the option, as errors call it
 * @param most bytes; a longer file is refused
 * @throws UsageError naming the option and the file, never the content
 */
export function readOptionFile(path: string, source: string, most: number = LARGEST_FILE): string {
  const option = source.replace(/^flag /, '');
  let bytes: Buffer;
  try {
    bytes = readBounded(path, most + 1);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = {
      ENOENT: 'there is no such file',
      EACCES: 'no permission to read it',
      EISDIR: 'it is a directory',
    }[code];
    throw new UsageError(`${option}: cannot read ${path}: ${why ?? code}`, { cause: error });
  }
  if (bytes.length > most)
    throw new UsageError(`${option}: ${path} is over ${inBytes(most)}, which cannot be right`);
  return bytes.toString('utf8');
}

function inBytes(count: number): string {
  return count >= 1024 * 1024 ? `${count / 1024 / 1024} MiB` : `${count / 1024} KiB`;
}

/** The first bytes of a file: a device such as `/dev/zero` has no end, and a pipe no size. */
function readBounded(path: string, most: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let length = 0; length < most; ) {
      const chunk = Buffer.allocUnsafe(Math.min(64 * 1024, most - length));
      const read = readSync(file, chunk);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      length += read;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(file);
  }
}

/** The one line of a file that holds a secret. */
export function readSecretFile(path: string, source: string): string {
  const text = readOptionFile(path, source).replace(/\r?\n$/, '');
  if (text === '') throw new UsageError(`${source.replace(/^flag /, '')}: ${path} is empty`);
  return text;
}
