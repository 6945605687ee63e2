import { UsageError } from '../errors.ts';

/** What is looked at of a line; errors stand at the beginning, and a line may be as long as the file. */
const LONGEST_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** A line without its end; `isCut` when it was longer than what is given. */
export interface LogLine {
  readonly text: string;
  readonly isCut: boolean;
}

/**
 * The lines of a stream, in memory of one line and one chunk.
 *
 * @param name the file, as errors call it
 * @throws UsageError for what is no text: a NUL byte, or the mark of a compressed file
 */
export async function* importLogLines(
  chunks: AsyncIterable<Uint8Array | string>,
  name: string,
): AsyncGenerator<LogLine> {
  let kept: Buffer[] = [];
  let length = 0;
  let isFirst = true;
  const end = (): LogLine => {
    const text = Buffer.concat(kept)
      .toString('utf8')
      .replace(/\r$/, '')
      .replace(/^\uFEFF/, '');
    const line = { text, isCut: length > LONGEST_LINE_BYTES };
    kept = [];
    length = 0;
    return line;
  };
  const keep = (part: Buffer) => {
    const room = LONGEST_LINE_BYTES - length;
    // Copied, so that a short line does not hold its whole chunk.
    if (room > 0 && part.length > 0) kept.push(Buffer.from(part.subarray(0, room)));
    length += part.length;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk as Uint8Array);
    if (isFirst && bytes.length > 0) {
      isFirst = false;
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw notALog(name, 'it is compressed with gzip');
    }
    if (bytes.includes(0)) throw notALog(name, 'it holds NUL bytes');
    let start = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, start)) {
      keep(bytes.subarray(start, at));
      yield end();
      start = at + 1;
    }
    keep(bytes.subarray(start));
  }
  if (length > 0) yield end();
}

function notALog(name: string, why: string): UsageError {
  return new UsageError(`${name} is binary and no log: ${why}`, {
    hint: 'Give lines of text: zcat current.gz | geo-registry-audit triage -',
  });
}
