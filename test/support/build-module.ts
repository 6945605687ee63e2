import { join } from 'node:path';
import { build } from 'rolldown';
import { makeTempDir } from './temp-dir.ts';

/**
 * A file of `src` for another process of node, which knows no TypeScript.
 *
 * @param source below `src`
 * @returns the URL to import it by
 */
export async function buildModule(source: string): Promise<string> {
  const input = join(import.meta.dirname, '..', '..', 'src', source);
  const file = join(makeTempDir('module'), 'module.mjs');
  await build({ input, platform: 'node', output: { file } });
  return `file://${file}`;
}
