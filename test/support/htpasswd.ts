import { execFileSync } from 'node:child_process';
import { findExecutable } from './child-process.ts';

/**
 * One line of a bcrypt htpasswd file, the only kind Distribution reads.
 * @throws Error when the `htpasswd` command is missing
 */
export function htpasswdLine(username: string, password: string): string {
  const command = findExecutable(['htpasswd']);
  if (command === null)
    throw new Error('no htpasswd command: install apache2-utils (apt-get install apache2-utils)');
  return execFileSync(command, ['-Bbn', '-C', '4', username, password], { encoding: 'utf8' });
}
