import type { TagReading } from '../core/tag-reading.ts';

/** Texts that are kept; those of a chunk of a journal are far fewer. */
const MOST_KEPT = 4096;

/**
 * Turns readings into text, and keeps the texts of the last ones: tags that sites answered alike share a reading
 * (`ReadingPool`), and a report of a million tags writes them over and over.
 */
export function rememberingTexts<T>(make: (reading: TagReading) => T): (reading: TagReading) => T {
  const texts = new Map<TagReading, T>();
  return (reading) => {
    // One with a time of push was made for its tag alone.
    if (reading.state === 'resolved' && reading.publishedAt !== undefined) return make(reading);
    const known = texts.get(reading);
    if (known !== undefined) return known;
    if (texts.size >= MOST_KEPT) texts.clear();
    const text = make(reading);
    texts.set(reading, text);
    return text;
  };
}

/** The same for one of a few words. */
export function rememberingWords<T extends string | null>(make: (word: T) => string): (word: T) => string {
  const texts = new Map<T, string>();
  return (word) => {
    const known = texts.get(word);
    if (known !== undefined) return known;
    if (texts.size >= MOST_KEPT) texts.clear();
    const text = make(word);
    texts.set(word, text);
    return text;
  };
}
