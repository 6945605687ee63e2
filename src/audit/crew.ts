/** Repositories under way at once: how many, and how many tags they have together. */
export class Crew {
  readonly #members = new Map<string, { tags: number; readonly work: Promise<void> }>();
  #fault: { readonly error: unknown } | null = null;

  get size(): number {
    return this.#members.size;
  }

  get tags(): number {
    let sum = 0;
    for (const { tags } of this.#members.values()) sum += tags;
    return sum;
  }

  /** Takes a repository in until its work is over; what the work throws is thrown by the next wait. */
  add(path: string, tags: number, work: Promise<void>): void {
    const ended = work
      .catch((error: unknown) => {
        this.#fault ??= { error };
      })
      .finally(() => this.#members.delete(path));
    this.#members.set(path, { tags, work: ended });
  }

  /** A repository that is under way has at least so many tags. */
  atLeast(path: string, tags: number): void {
    const member = this.#members.get(path);
    if (member !== undefined) member.tags = Math.max(member.tags, tags);
  }

  /** Resolves when the condition holds, or nothing is under way any more. */
  async untilRoom(hasRoom: () => boolean): Promise<void> {
    while (this.#members.size > 0 && this.#fault === null && !hasRoom())
      await Promise.race([...this.#members.values()].map(({ work }) => work));
    if (this.#fault !== null) throw this.#fault.error;
  }

  /** Resolves when all have ended. */
  end(): Promise<void> {
    return this.untilRoom(() => false);
  }
}
