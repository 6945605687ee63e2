/**
 * A sequence of known length that can be walked any number of times, whether or not it is in memory. An array is
 * one; so is a view that makes its elements as they are asked for, or reads them from a file. What may hold millions
 * is typed so. The methods are those of arrays and give arrays: fit for what is left of a filter, not for all.
 */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** The element at an index; walks there. */
  at(index: number): T | undefined;
  map<U>(change: (element: T, index: number) => U): U[];
  filter(holds: (element: T) => boolean): T[];
  flatMap<U>(change: (element: T) => readonly U[]): U[];
  find(holds: (element: T) => boolean): T | undefined;
  some(holds: (element: T) => boolean): boolean;
  every(holds: (element: T) => boolean): boolean;
}

/** A list whose elements are made anew in each walk. */
export function lazyList<T>(length: number, walk: () => Iterator<T>): List<T> {
  return new LazyList(length, walk);
}

class LazyList<T> implements List<T> {
  readonly length: number;
  readonly #walk: () => Iterator<T>;

  constructor(length: number, walk: () => Iterator<T>) {
    this.length = length;
    this.#walk = walk;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#walk();
  }

  at(index: number): T | undefined {
    let left = index < 0 ? this.length + index : index;
    if (left >= 0) for (const element of this) if (left-- === 0) return element;
    return undefined;
  }

  map<U>(change: (element: T, index: number) => U): U[] {
    return Array.from(this, change);
  }

  filter(holds: (element: T) => boolean): T[] {
    const kept: T[] = [];
    for (const element of this) if (holds(element)) kept.push(element);
    return kept;
  }

  flatMap<U>(change: (element: T) => readonly U[]): U[] {
    const all: U[] = [];
    for (const element of this) for (const one of change(element)) all.push(one);
    return all;
  }

  find(holds: (element: T) => boolean): T | undefined {
    for (const element of this) if (holds(element)) return element;
    return undefined;
  }

  some(holds: (element: T) => boolean): boolean {
    for (const element of this) if (holds(element)) return true;
    return false;
  }

  every(holds: (element: T) => boolean): boolean {
    return !this.some((element) => !holds(element));
  }

  /** What `JSON.stringify` makes of it is an array, as of every list. */
  toJSON(): T[] {
    return [...this];
  }
}

/** Whether a value is a list that is no array, and so unknown to code that asks for arrays. */
export function isLazyList(value: unknown): value is List<unknown> {
  return value instanceof LazyList;
}

/** The list of what `change` makes of each element, made in each walk anew. */
export function mapList<T, U>(list: List<T>, change: (element: T) => U): List<U> {
  return lazyList(list.length, function* () {
    for (const element of list) yield change(element);
  });
}

/** The elements that hold, as a list; walks the given one once to count them. */
export function filterList<T>(list: List<T>, holds: (element: T) => boolean): List<T> {
  return lazyList(countOf(list, holds), function* () {
    for (const element of list) if (holds(element)) yield element;
  });
}

/** How many elements hold. */
export function countOf<T>(list: Iterable<T>, holds: (element: T) => boolean): number {
  let count = 0;
  for (const element of list) if (holds(element)) count++;
  return count;
}
