import { createHash } from 'node:crypto';
import stableStringify from 'fast-json-stable-stringify';
import type { Digest } from '../core/digest.ts';
import { isLazyList } from '../core/list.ts';
import { canonicalTag } from './canonical-tag.ts';
import type { Report } from './report.ts';

/** Text is hashed in pieces of about this many characters: an update for each tag is slow (measured). */
const PIECE_LENGTH = 64 * 1024;
/** A value of at most this many nodes is serialised by the library in one go; a larger one is walked. */
const ONE_CHUNK_NODES = 512;

/**
 * The canonical JSON of a value: joined, the chunks are exactly what fast-json-stable-stringify gives, but
 * from some 64 Ki characters on no chunk grows with the length of an array: a million tags never become one string.
 * Keys are in the library's order (UTF-16 units), the one place where the contract wants that order.
 *
 * @param value JSON data without cycles; what `JSON.stringify` would leave out gives no chunk at all
 */
export function* canonicalChunks(value: unknown): Generator<string> {
  if (fitsOneChunk(value)) {
    // The library is typed as always giving a string, but gives undefined for what JSON cannot say.
    const text: string | undefined = stableStringify(value);
    if (text !== undefined) yield text;
  } else if (Array.isArray(value) || isLazyList(value)) {
    // Most elements are tags: a generator for each, or a chunk that passes through all of them, would cost more
    // than its text.
    let piece = '';
    let separator = '[';
    for (const element of value) {
      piece += separator;
      separator = ',';
      const tag = typeof element === 'object' && element !== null ? canonicalTag(element) : null;
      if (tag !== null) piece += tag;
      else {
        yield piece;
        piece = '';
        yield* isJson(element) ? canonicalChunks(element) : ['null'];
      }
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
    yield piece + (separator === '[' ? '[]' : ']');
  } else {
    yield* objectChunks(Object(value));
  }
}

function* objectChunks(value: Record<string, unknown>): Generator<string> {
  let separator = '{';
  for (const key of Object.keys(value).sort()) {
    if (!isJson(value[key])) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    yield* canonicalChunks(value[key]);
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

/** False for what the library drops from objects and writes as null in arrays. */
function isJson(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

/** Counts nodes, and gives up as soon as there are too many: cheap on the value that holds everything. */
function fitsOneChunk(value: unknown): boolean {
  let seen = 0;
  const pending = [value];
  while (pending.length > 0) {
    const node = pending.pop();
    seen += 1;
    if (typeof node !== 'object' || node === null) continue;
    if (isLazyList(node)) return false;
    if ('toJSON' in node) continue;
    const children: unknown[] = Array.isArray(node) ? node : Object.values(node);
    if (seen + pending.length + children.length > ONE_CHUNK_NODES) return false;
    for (const child of children) pending.push(child);
  }
  return true;
}

/** The `sha256:` digest of a value's canonical JSON, computed piecewise. */
export function canonicalDigest(value: unknown): Digest {
  const hash = createHash('sha256');
  let piece = '';
  for (const chunk of canonicalChunks(value)) {
    piece += chunk;
    if (piece.length < PIECE_LENGTH) continue;
    hash.update(piece);
    piece = '';
  }
  hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * The report's identity: the digest of its canonical JSON without `reportDigest` (a value given with one is
 * digested without it, so that the same call makes a digest and checks one).
 */
export function reportDigest(report: Omit<Report, 'reportDigest'>): Digest {
  const { reportDigest: _, ...content }: Partial<Report> = report;
  return canonicalDigest(content);
}
