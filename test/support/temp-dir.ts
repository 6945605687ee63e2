import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory. The global setup removes it after the run, with all of `TMPDIR`. */
export function makeTempDir(label: string): string {
  return mkdtempSync(join(tmpdir(), `${label}-`));
}

/** Removes a directory with all it holds, for tests that make much of it. */
export function removeTempDir(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
