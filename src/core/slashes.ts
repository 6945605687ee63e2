/** A text without the slashes at its end. By hand: an expression tries a run of slashes anew from each of them. */
export function withoutEndingSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end--;
  return text.slice(0, end);
}

/** A text without the slashes at its beginning and at its end. */
export function withoutOuterSlashes(text: string): string {
  let start = 0;
  while (text[start] === '/') start++;
  return withoutEndingSlashes(text.slice(start));
}
