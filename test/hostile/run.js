// `npm run test:hostile`: the hostile tests in their full size, then the figures of what was tried, then `npm audit`.
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
const vulnerabilities = knownVulnerabilities();
process.stdout.write(`npm audit: ${String(vulnerabilities).replace(/\s+/g, ' ')}\n`);
if (Number(vulnerabilities) > 0) process.exitCode = 1;

/** How many are known in what a user installs; or in words why that is not known, which is no failure and no 0. */
function knownVulnerabilities() {
  const args = ['audit', '--omit=dev', '--json'];
  const { stdout, error } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  try {
    const { metadata, message } = JSON.parse(stdout);
    return metadata?.vulnerabilities.total ?? `not known: ${message}`;
  } catch (fault) {
    return `not known: ${(error ?? fault).message}`;
  }
}
