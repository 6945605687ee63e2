/** A blob upload that was begun and not yet closed. */
export interface Upload {
  readonly path: string;
  bytes: Buffer;
}

/** The open uploads of one embedded registry, by their id. */
export class UploadStore {
  readonly #open = new Map<string, Upload>();
  #begun = 0;

  /** Opens an upload for a repository and gives its id, a UUID that counts up. */
  begin(path: string): string {
    this.#begun += 1;
    const id = `00000000-0000-4000-8000-${this.#begun.toString(16).padStart(12, '0')}`;
    this.#open.set(id, { path, bytes: Buffer.alloc(0) });
    return id;
  }

  /** The open upload of that id in that repository. */
  find(path: string, id: string): Upload | undefined {
    const upload = this.#open.get(id);
    return upload?.path === path ? upload : undefined;
  }

  /** Forgets an upload. */
  end(id: string): void {
    this.#open.delete(id);
  }
}
