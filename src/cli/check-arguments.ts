import { closestWord } from '../core/closest-word.ts';
import { UsageError } from '../errors.ts';
import { ALL_OPTIONS, COMMANDS } from './commands/index.ts';

/** What yargs complains of, in one line that names flags as they are typed, and what was probably meant. */
export function usageText(message: string, args: readonly string[]): string {
  return message
    .split('\n')
    .join('; ')
    .replace(/^Unknown (?:argument|command)s?: (.*)$/, (_all, names: string) => {
      const [first = ''] = args;
      const unknown = names.split(', ');
      // Behind a command that is none nothing has a meaning, and yargs takes all of it for unknown.
      const named = unknown.includes(first) && !first.startsWith('-') ? [first] : unknown;
      return `unknown: ${named.map((name) => withGuess(name, args)).join(', ')}`;
    })
    .replace(/^Not enough non-option arguments: .*$/, () => {
      const command = Object.entries(COMMANDS).find(([name]) => name === args[0])?.[1];
      return `not enough arguments: expected ${command?.usage ?? 'a command'}`;
    })
    .replace(
      /^Not enough arguments following: (\S+)$/,
      (_all, name: string) => `${asTyped(name)} needs a value`,
    );
}

function withGuess(name: string, args: readonly string[]): string {
  const typed = asTyped(name, args);
  const [first = ''] = args;
  const command = Object.entries(COMMANDS).find(([each]) => each === first)?.[1];
  const guess = typed.startsWith('--')
    ? closestWord(typed.slice(2), Object.keys(command?.options ?? ALL_OPTIONS))
    : typed === first
      ? closestWord(typed, [...Object.keys(COMMANDS), 'completion'])
      : null;
  return guess === null ? typed : `${typed} (did you mean ${typed.startsWith('--') ? '--' : ''}${guess}?)`;
}

/**
 * yargs takes every value of a flag but `true` for false: `--primary-insecure=1` would be off without a word.
 * @throws UsageError
 */
export function checkFlagValues(args: readonly string[]): void {
  const end = args.indexOf('--');
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const [, name = '', value = ''] = /^--([a-z0-9-]+)=(.*)$/s.exec(arg) ?? [];
    const kind = Object.hasOwn(ALL_OPTIONS, name) ? ALL_OPTIONS[name]?.kind : null;
    if (kind === 'flag' && value !== 'true' && value !== 'false')
      throw new UsageError(`--${name}: expected true or false, got ${JSON.stringify(value.slice(0, 80))}`);
  }
}

/**
 * yargs drops `-` from a list of arguments: what standard input holds would be left out without a word.
 * @throws UsageError
 */
export function checkDashes(args: readonly string[]): void {
  const command = Object.entries(COMMANDS).find(([name]) => name === args[0])?.[1];
  if (command === undefined || !command.usage.includes('..')) return;
  const isValue = (flag: string) =>
    flag.startsWith('--') && !flag.includes('=') && ALL_OPTIONS[flag.slice(2)]?.kind !== 'flag';
  if (args.some((arg, index) => arg === '-' && !isValue(args[index - 1] ?? ''))) {
    throw new UsageError(`${args[0]} does not take - among its arguments`, {
      hint: 'Standard input has the name /dev/stdin.',
    });
  }
}

/** A name that yargs gives without its dashes; an argument that had none stays as it is. */
function asTyped(name: string, args: readonly string[] = []): string {
  if (args.includes(name)) return name;
  const isLong = name.length > 1 || args.some((arg) => arg.startsWith(`--${name}`));
  return isLong ? `--${name}` : `-${name}`;
}
