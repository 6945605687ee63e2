/** `1 tag`, `2 tags`, `3 repositories`: a count with its noun, which is given in the singular. */
export function plural(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : noun.replace(/y$/, 'ie').concat('s')}`;
}
