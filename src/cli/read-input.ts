import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../errors.ts';
import type { RunContext } from './run-context.ts';

/**
 * The text of a file that an argument names, `-` for standard input.
 *
 * @throws UsageError naming the file
 */
export async function readInput(path: string, { readStdin }: Pick<RunContext, 'readStdin'>): Promise<string> {
  if (path === '-') return readStdin();
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a directory'
          : messageOf(cause);
    throw new UsageError(`cannot read ${path}: ${why}`, { cause });
  }
}

/** What errors call a file that an argument names. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Positional arguments of a command line, as text. */
export function positional(commandLine: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = commandLine[name];
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
