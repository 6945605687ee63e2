/** A piece of the document that stands or falls as a whole. */
export interface Block {
  readonly text: string;
  /** What has to follow if the document ends after this block: the end of the element it stands in, or nothing. */
  readonly closing: string;
}

/**
 * Passes blocks on as long as they fit; the first that does not ends the document with a note, and with every
 * element closed. The result never has more than `limit` characters.
 *
 * @param limit UTF-16 units, of which no character has less than one
 */
export function* cutToFit(blocks: Iterable<Block>, limit: number, note: string): Generator<string> {
  let used = 0;
  // Only what fits together with its own ending and the note is let through, so that both always fit.
  let closing = '';
  for (const block of blocks) {
    const ending = block.closing.length + note.length;
    if (used + block.text.length + ending > limit) {
      yield closing + note;
      return;
    }
    yield block.text;
    used += block.text.length;
    closing = block.closing;
  }
}
