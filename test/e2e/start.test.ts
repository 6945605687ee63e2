import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { startPair } from '../audit/support/scan-embedded.ts';
import { PATH } from '../audit/support/snapshots.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

/** Tells, as the process ends, whether zod was loaded (`core/schema.ts` is the one place that does). */
const WATCH = `process.on('exit', () => {
  const isLoaded = Object.keys(require.cache).some((file) => /[\\\\/]zod[\\\\/]/.test(file));
  process.stderr.write(isLoaded ? 'zod was loaded\\n' : 'zod was not loaded\\n');
});`;

it('a scan with its reports loads no zod, whose import is a fifth of its start', async () => {
  const pair = await startPair();
  try {
    pair.put('both', 'same', ociImage('same'));
    const file = join(makeTempDir('watch'), 'watch.cjs');
    writeFileSync(file, WATCH);
    const urls = ['--primary-url', pair.primary.url, '--secondary-url', pair.secondary.url];
    const scan = ['scan', PATH, ...urls, '--settle', '0', '--quiet'];
    const plain = await runCli(scan, { nodeArgs: ['--require', file] });
    expect(plain.code).toBe(0);
    expect(plain.stderr).toContain('zod was not loaded');
    // That the watch sees it: a deep scan reads manifests.
    const deep = await runCli([...scan, '--deep'], { nodeArgs: ['--require', file] });
    expect(deep.stderr).toContain('zod was loaded');
  } finally {
    await pair.close();
  }
});
