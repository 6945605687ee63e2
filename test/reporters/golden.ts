import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const DIRECTORY = new URL('./golden/', import.meta.url);

/** Compares a whole document with its golden file; `UPDATE_GOLDEN=1` writes it anew, to be read before a commit. */
export function expectGolden(name: string, text: string): void {
  const file = fileURLToPath(new URL(`${name}.golden`, DIRECTORY));
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}
