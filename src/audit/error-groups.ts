import type { ReadError } from '../report/snapshot.ts';

/** Failures that differ only in the tag are one error that names the tags. */
export class ErrorGroups {
  readonly #groups = new Map<string, ReadError & { tags: string[] }>();

  add(error: ReadError, tag: string): void {
    const key = `${error.code} ${error.status}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { ...error, tags: [tag] });
    else group.tags.push(tag);
  }

  list(): ReadError[] {
    return [...this.#groups.values()];
  }
}
