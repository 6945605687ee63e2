import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from './clean-environment.ts';

/**
 * Runs once before all tests: takes the machine's proxies and credentials out of the environment, gives all
 * tests an empty home and one temporary directory (`TMPDIR`) that is removed at the end, and builds `dist/` so that end-to-end tests run what a user runs.
 *
 * A build with type errors still emits, and `npm test` reports types as a step of its own; only a build
 * that leaves no command ends the run here.
 *
 * @returns the teardown
 * @throws Error when there is no built command afterwards
 */
export function setup(): () => void {
  const kept = cleanEnvironment(process.env);
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name];
  const temporary = mkdtempSync(join(tmpdir(), 'geo-registry-audit-'));
  process.env.TMPDIR = temporary;
  process.env.HOME = mkdtempSync(join(temporary, 'home-'));

  const root = join(import.meta.dirname, '..', '..');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const build = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (build.status !== 0) {
    const lines = `${build.error?.message ?? ''}${build.stdout ?? ''}${build.stderr ?? ''}`
      .trim()
      .split('\n');
    process.stderr.write(`the build reports ${lines.length} problem line(s), the first: ${lines[0]}\n`);
  }
  if (existsSync(join(root, 'src', 'main.ts')) && !existsSync(join(root, 'dist', 'main.js'))) {
    throw new Error(`the build wrote no dist/main.js:\n${build.stdout ?? ''}${build.stderr ?? ''}`);
  }
  // As `npm run build` does; without them the command asks the parser.
  spawnSync(process.execPath, [join('docs', 'store-help.js')], { cwd: root });
  return () => rmSync(temporary, { recursive: true, force: true });
}
