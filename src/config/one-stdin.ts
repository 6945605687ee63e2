import { UsageError } from '../errors.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** What standard input is called where a file can be named: by the tool's own sign, and by the system. */
const STDIN_NAMES = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

const PREFIXES = ['', 'primary-', 'secondary-'];
/** The options of a site, and of no site, that read a file which may be standard input. */
const SITE_FILES = ['password-file', 'token-file', 'gitlab-key'];
const OTHER_FILES = ['repositories-from', 'from-tuples', 'geo-registry', 'gitlab-token-file'];

/**
 * Standard input can be read once, and who reads it second may print what was meant for the first: a list of
 * repositories that begins with a password. Ask before anything reads it.
 *
 * @param sites prefixes of the sites that are entered; `-password-stdin` as a flag counts for the others too, since
 *   a password comes with it
 * @param files arguments that may be `-`
 * @throws UsageError naming all that would read it
 */
export function requireOneStdin(
  options: ResolvedOptions,
  { sites = [], files = [] }: { readonly sites?: readonly string[]; readonly files?: readonly string[] },
): void {
  const called = (name: string) => options.source(name).replace(/^flag /, '');
  const passwords = PREFIXES.map((prefix) => ({ prefix, name: `${prefix}password-stdin` }))
    .filter(({ name }) => options.has(name) && options.flag(name))
    .filter(({ prefix, name }) => sites.includes(prefix) || options.source(name).startsWith('flag'))
    .map(({ name }) => called(name));
  const named = [...sites.flatMap((prefix) => SITE_FILES.map((ending) => prefix + ending)), ...OTHER_FILES]
    .filter((name) => options.has(name) && STDIN_NAMES.includes(options.text(name) ?? ''))
    .map((name) => `${called(name)} ${options.text(name)}`);
  const readers = [...passwords, ...named, ...files.filter((file) => STDIN_NAMES.includes(file))];
  if (readers.length < 2) return;
  throw new UsageError(`standard input can be read once, not by each of ${readers.join(', ')}`, {
    hint: 'Name a file for all but one.',
  });
}
