#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/lib/', import.meta.url);
if (existsSync(new URL('main.js', built))) {
  const args = process.argv.slice(2);
  const { storedHelp } = await import(new URL('stored-help.js', built).href);
  const help = storedHelp(args, process.stdout.columns);
  if (help === null) {
    const { main } = await import(new URL('main.js', built).href);
    await main(args);
  } else print(help);
} else {
  process.stderr.write(
    'geo-registry-audit: not built yet: run "npm ci" (or "npm run build") in its directory first.\n',
  );
  process.exitCode = 3;
}

/** As the command itself prints: a reader that has seen enough is no fault, a full disk is. */
function print(text) {
  process.stdout.on('error', (error) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`geo-registry-audit: could not write to standard output: ${error.message}.\n`);
    process.exitCode = 2;
  });
  process.stdout.write(text);
}
