/** Nobody types a name this long, and the work grows with the square. */
const LONGEST = 60;

/**
 * The word that was probably meant: the one that the fewest typing mistakes lead to (Levenshtein distance; two
 * letters in each other's place count as one mistake), as long as those are few beside its length.
 *
 * @returns null when no word is close; the first of those that are equally close
 */
export function closestWord(typed: string, words: readonly string[]): string | null {
  if (typed.length > LONGEST) return null;
  let best: { word: string; mistakes: number } | null = null;
  for (const word of words) {
    const most = Math.max(1, Math.floor(Math.min(typed.length, word.length) / 3));
    const mistakes = distance(typed, word);
    if (mistakes <= Math.min(most, 3) && (best === null || mistakes < best.mistakes))
      best = { word, mistakes };
  }
  return best?.word ?? null;
}

function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
