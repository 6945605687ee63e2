import type { TagReading } from '../core/tag-reading.ts';

/** Texts that are kept; those of a chunk of a journal are far fewer. */
const MOST_KEPT = 4096;

/**
 * Turns readings into text, and keeps the texts of the last ones: tags that sites answered alike share a reading
 * (`ReadingPool`), and a report of a million tags writes them over and over.
 */
export function rememberingTexts<T>(make: (reading: TagReading) => T): (reading: TagReading) => T {
  const remembered = remembering(make);
  // One with a time of push was made for its tag alone.
  return (reading) =>
    reading.state === 'resolved' && reading.publishedAt !== undefined ? make(reading) : remembered(reading);
}

/** Keeps what was made of the last values, by identity. */
export function remembering<K, T>(make: (value: K) => T): (value: K) => T {
  const texts = new Map<K, T>();
  return (value) => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    if (texts.size >= MOST_KEPT) texts.clear();
    const text = make(value);
    texts.set(value, text);
    return text;
  };
}
