import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from './clean-environment.ts';

/**
 * Runs once before all tests: takes the machine's proxies and credentials out of the environment, gives all
 * tests an empty home and one temporary directory (`TMPDIR`) that is removed at the end, and builds `dist/` so that end-to-end tests run what a user runs.
 *
 * @returns the teardown
 * @throws Error when the build fails; types are a step of their own in `npm test`
 */
export function setup(): () => void {
  const kept = cleanEnvironment(process.env);
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name];
  const temporary = mkdtempSync(join(tmpdir(), 'geo-registry-audit-'));
  process.env.TMPDIR = temporary;
  process.env.HOME = mkdtempSync(join(temporary, 'home-'));

  const root = join(import.meta.dirname, '..', '..');
  // As `npm run build` does.
  for (const script of [
    [join('node_modules', 'rolldown', 'bin', 'cli.mjs'), '-c'],
    [join('docs', 'store-help.js')],
  ]) {
    const step = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
    if (step.status !== 0) {
      throw new Error(
        `the build failed in ${script[0]}:\n${step.error?.message ?? ''}${step.stdout}${step.stderr}`,
      );
    }
  }
  return () => rmSync(temporary, { recursive: true, force: true });
}
