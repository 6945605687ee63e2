// `npm test`: lint, types, unused code, then all tests; the last line is the sum, alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const results = join(root, '.test-output', 'vitest.json');
const skipAllowed = process.env.SKIP_REAL_REGISTRY === '1';
let passed = 0;
let failed = 0;
let skipped = 0;

const say = (line) => process.stdout.write(`${line}\n`);

/** Runs a tool of node_modules; its output is shown when it fails, or as it comes when `live`. */
function run(script, args, live = false) {
  const child = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  const good = child.status === 0;
  if (!good && !live)
    say(`${child.error?.message ?? ''}${child.stdout ?? ''}${child.stderr ?? ''}`.trimEnd());
  return good;
}

function step(name, script, args) {
  const good = run(script, args);
  say(`${name}: ${good ? 'passed' : 'FAILED'}`);
  if (good) passed++;
  else failed++;
}

// A file that is gone from src must not live on in what the end-to-end tests run.
rmSync(join(root, 'dist'), { recursive: true, force: true });
rmSync(results, { force: true });
mkdirSync(join(root, '.test-output'), { recursive: true });

step('lint', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']);
step('types', 'typescript/bin/tsc', []);
step('unused', 'knip/bin/knip.js', []);

const testsGood = run(
  'vitest/vitest.mjs',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`],
  true,
);
const left = [];
let testsFailed = 0;
try {
  for (const file of JSON.parse(readFileSync(results, 'utf8')).testResults) {
    let failedHere = 0;
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') passed++;
      else if (status === 'failed') failedHere++;
      else left.push(fullName);
    }
    // A file that breaks outside its tests (import, hook) counts as one failure, else it would vanish.
    if (file.status === 'failed' && failedHere === 0) failedHere = 1;
    testsFailed += failedHere;
  }
} catch (error) {
  say(`no test results: ${error.message}`);
  testsFailed = 1;
}
// Unhandled errors and a failed global setup fail the run without failing a test.
if (!testsGood && testsFailed === 0) testsFailed = 1;
failed += testsFailed;
skipped = left.length;
say(`tests: ${testsFailed === 0 ? 'passed' : 'FAILED'}`);

if (skipped > 0 && !skipAllowed) {
  for (const name of left.slice(0, 20)) say(`skipped without SKIP_REAL_REGISTRY=1: ${name}`);
  if (skipped > 20) say(`… and ${skipped - 20} more; a failed beforeAll skips all tests below it`);
  failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
