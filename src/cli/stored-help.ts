import { readFileSync, statSync } from 'node:fs';
import { helpWidth } from './help-width.ts';
import { packageVersion } from './version.ts';

/** What the build makes: the code in `lib`, and the texts in `help`. */
const BUILT = new URL('../', import.meta.url);

/**
 * Help and the version without the machinery behind them, whose import alone takes longer than node: the texts that
 * the build stored (`render-help.ts`), which are what yargs prints.
 *
 * @param args without node and the script
 * @param columns of the terminal; undefined where there is none
 * @param built the directory of the build
 * @returns null for anything else, and when there is no such text or code built later than it: then yargs answers
 */
export function storedHelp(args: readonly string[], columns?: number, built: URL = BUILT): string | null {
  const [first = '', second, ...others] = args;
  if (first === '--version' && second === undefined) return `${packageVersion()}\n`;
  const isHelp = (arg: string | undefined) => arg === '--help' || arg === '-h';
  const command = isHelp(first) && second === undefined ? '' : isHelp(second) ? first : null;
  if (command === null || others.length > 0 || !/^[a-z]*$/.test(command)) return null;
  try {
    const file = new URL(`help/${helpFileName(command, helpWidth(columns))}`, built);
    const text = readFileSync(file, 'utf8');
    return statSync(new URL('lib/main.js', built)).mtimeMs > statSync(file).mtimeMs ? null : text;
  } catch {
    return null;
  }
}

/** The name of a stored text; the help of all commands is that of the empty one. */
export function helpFileName(command: string, width: number): string {
  return `${command === '' ? 'commands' : command}.${width}.txt`;
}
