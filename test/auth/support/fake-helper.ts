import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `docker-credential-<name>` into a directory: a Node script with the given body. */
export function writeHelper(directory: string, name: string, body: string): void {
  const path = join(directory, `docker-credential-${name}`);
  writeFileSync(path, `#!${process.execPath}\n${body}\n`);
  chmodSync(path, 0o755);
}

/** The body of a helper that answers `get` for the servers of a table and has nothing for others. */
export function helperBody(
  entries: Readonly<Record<string, readonly [username: string, secret: string]>>,
): string {
  return `
    const server = require('node:fs').readFileSync(0, 'utf8');
    const entry = ${JSON.stringify(entries)}[server];
    if (process.argv[2] !== 'get') process.exit(9);
    if (entry) {
      console.log(JSON.stringify({ ServerURL: server, Username: entry[0], Secret: entry[1] }));
    } else {
      console.log('credentials not found in native keychain');
      process.exitCode = 1;
    }`;
}
