import type { ReadError, Snapshot } from '../report/snapshot.ts';
import { escapeTerminal } from '../reporters/escape-terminal.ts';
import { plural } from '../reporters/plural.ts';
import type { RunContext } from './run-context.ts';

/** A person reads no more, and the file has them all. */
const MOST_LINES = 20;
const LONGEST = 400;

/**
 * Says on standard error why a snapshot is not whole, a line for each error; one that many repositories have alike,
 * such as a site that does not answer, is said once, and what to do about it once as well.
 */
export function sayErrors(
  { repositories }: Pick<Snapshot, 'repositories'>,
  { stderr }: Pick<RunContext, 'stderr'>,
): void {
  const alike = new Map<string, { error: ReadError; paths: string[] }>();
  for (const { path, errors } of repositories) {
    for (const error of errors) {
      const key = `${error.code} ${error.message}`;
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { error, paths: [path] });
      else known.paths.push(path);
    }
  }
  const all = [...alike.values()];
  const hints = new Set<string>();
  for (const { error, paths } of all.slice(0, MOST_LINES)) {
    const [path = ''] = paths;
    const where = paths.length === 1 ? path : plural(paths.length, 'repository');
    const hint = error.hint === undefined || hints.has(error.hint) ? '' : ` ${error.hint}`;
    if (error.hint !== undefined) hints.add(error.hint);
    stderr.write(
      `${escapeTerminal(`INCOMPLETE ${where}: ${error.code}: ${error.message}.`, LONGEST)}${escapeTerminal(hint, LONGEST)}\n`,
    );
  }
  if (all.length > MOST_LINES)
    stderr.write(`… and ${plural(all.length - MOST_LINES, 'more error')}, in the file\n`);
}
