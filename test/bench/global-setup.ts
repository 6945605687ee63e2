import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup as setupTests } from '../support/global-setup.ts';

/**
 * What all tests get, and the built command in a directory of its own, named by `BENCH_PRODUCT`: what is edited
 * or built anew while the benchmark runs changes nothing of what it measures.
 *
 * @returns the teardown
 * @throws Error when the build fails
 */
export function setup(): () => void {
  const teardown = setupTests();
  const root = join(import.meta.dirname, '..', '..');
  const product = mkdtempSync(join(tmpdir(), 'product-'));
  // With their times: help that is older than the code is not shown.
  const kept = { recursive: true, preserveTimestamps: true };
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(product, part), kept);
  symlinkSync(join(root, 'node_modules'), join(product, 'node_modules'));
  process.env.BENCH_PRODUCT = product;
  return teardown;
}
