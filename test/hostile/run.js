// `npm run test:hostile`: the hostile tests in their full size, then the figures of what was tried.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const directory = join(root, 'reports', 'hostile');
const child = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    'vitest.hostile.config.ts',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, HOSTILE: 'full' } },
);
for (const file of existsSync(directory) ? readdirSync(directory).sort() : []) {
  if (!file.endsWith('.json')) continue;
  const figures = JSON.parse(readFileSync(join(directory, file), 'utf8'));
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === 'number' || typeof value === 'string')
      process.stdout.write(`${file.replace(/\.json$/, '')}: ${name} ${value}\n`);
  }
}
process.exitCode = child.status ?? 1;
