import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup as setupTests } from '../support/global-setup.ts';

/**
 * What all tests get, and a build of the command in a directory of its own, named by `BENCH_PRODUCT`: what is edited
 * or built anew while the benchmark runs changes nothing of what it measures.
 *
 * @returns the teardown
 * @throws Error when there is no built command afterwards
 */
export function setup(): () => void {
  const teardown = setupTests();
  const root = join(import.meta.dirname, '..', '..');
  const product = mkdtempSync(join(tmpdir(), 'product-'));
  for (const part of ['bin', 'package.json'])
    cpSync(join(root, part), join(product, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(product, 'node_modules'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const build = spawnSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', join(product, 'dist')],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (!existsSync(join(product, 'dist', 'main.js')))
    throw new Error(`the build wrote nothing:\n${build.stdout}`);
  spawnSync(process.execPath, [join('docs', 'store-help.js'), join(product, 'dist')], { cwd: root });
  process.env.BENCH_PRODUCT = product;
  return teardown;
}
