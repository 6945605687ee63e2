import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { startPair } from '../audit/support/scan-embedded.ts';
import { PATH } from '../audit/support/snapshots.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

/** What of the packages may be loaded by those alone who need it, by a file that nobody else loads. */
const COSTLY = {
  zod: 'zod/index.cjs',
  pino: 'pino/pino.js',
  "undici's index": 'undici/index.js',
};

/** Tells, as the process ends, which of the costly files were loaded. */
const WATCH = `process.on('exit', () => {
  const files = Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/'));
  for (const [name, file] of Object.entries(${JSON.stringify(COSTLY)})) {
    if (files.some((loaded) => loaded.endsWith('/node_modules/' + file))) process.stderr.write('loaded ' + name + '\\n');
  }
});`;

/** An undici whose parts are not where they are: of a release that is laid out otherwise. */
const MOVED = `const Module = require('node:module');
const resolve = Module._resolveFilename;
let refused = 0;
Module._resolveFilename = function (request, ...others) {
  if (!request.startsWith('undici/lib/')) return resolve.call(this, request, ...others);
  refused++;
  throw Object.assign(new Error('no such file'), { code: 'MODULE_NOT_FOUND' });
};
process.on('exit', () => process.stderr.write('refused ' + refused + '\\n'));`;

/** Scans two equal sites by the built command, with a script loaded before it. */
async function scanWith(script: string, ...options: string[]): Promise<CliResult> {
  const pair = await startPair();
  try {
    pair.put('both', 'same', ociImage('same'));
    const file = join(makeTempDir('watch'), 'watch.cjs');
    writeFileSync(file, script);
    const urls = ['--primary-url', pair.primary.url, '--secondary-url', pair.secondary.url];
    return await runCli(['scan', PATH, ...urls, '--settle', '0', '--quiet', ...options], {
      nodeArgs: ['--require', file],
    });
  } finally {
    await pair.close();
  }
}

describe('what a scan loads', () => {
  it('is nothing that it has no use for: that was a third of the time until its first request', async () => {
    const { code, stderr } = await scanWith(WATCH);
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('loaded'))).toEqual([]);
  });

  it.each([
    ['zod', ['--deep']],
    ['pino', ['--log-level', 'debug']],
    ["undici's index", ['--deep', '--verify-blobs']],
  ])('is %s with %j', async (name, options) => {
    expect((await scanWith(WATCH, ...options)).stderr).toContain(`loaded ${name}\n`);
  });
});

it('an undici that is laid out otherwise is loaded as a whole', async () => {
  const { code, stderr } = await scanWith(MOVED);
  expect(stderr).toContain('refused 1\n');
  expect(code).toBe(0);
});
