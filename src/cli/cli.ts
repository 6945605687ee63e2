import yargs from 'yargs';
import type { Option, Options } from '../config/option.ts';
import { UsageError } from '../errors.ts';
import type { Command } from './command.ts';
import { ALL_OPTIONS, COMMANDS } from './commands/index.ts';
import { EXIT_MEANINGS } from './exit-codes.ts';
import type { RunContext } from './run-context.ts';
import { packageVersion } from './version.ts';

const PROGRAM = 'geo-registry-audit';

/**
 * Runs the command that the arguments name and gives its exit code.
 *
 * @param args without node and the script
 * @throws UsageError for arguments that no command takes, and what the command throws
 */
export async function runCli(args: readonly string[], context: RunContext): Promise<number> {
  let exitCode = 0;
  checkFlagValues(args);
  checkDashes(args);
  const parser = yargs([...args])
    .scriptName(PROGRAM)
    .locale('en')
    .usage(
      '$0 <command>\n\nCompares the container registries of a GitLab Geo primary and secondary, tag by tag.',
    )
    // Values are parsed with the options' own rules, so that an error can say what was expected.
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'boolean-negation': false,
    })
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .wrap(Math.min(120, context.stdout.columns ?? 100))
    .strict()
    .demandCommand(1, 1, `name a command: ${Object.keys(COMMANDS).join(', ')}`)
    .recommendCommands()
    .completion('completion', 'print a completion script for bash or zsh')
    .epilogue(`Exit codes:\n${EXIT_MEANINGS.map((line) => `  ${line}`).join('\n')}`)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs throws its own complaints too, under this name.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(usageText(message || error.message, args), { hint: `See ${PROGRAM} --help.` });
    });
  for (const command of Object.values(COMMANDS)) {
    addCommand(parser, command, isHelpWanted(args), async (commandLine) => {
      exitCode = await command.run(commandLine, context);
    });
  }
  const shown: string[] = [];
  await parser.parseAsync([...args], {}, (_error: unknown, _argv: unknown, text: string) => {
    if (text !== '') shown.push(text);
  });
  if (shown.length > 0) await context.output.print(shown.map((text) => `${text}\n`));
  return exitCode;
}

/** What yargs complains of, in one line that names flags as they are typed. */
function usageText(message: string, args: readonly string[]): string {
  return message
    .split('\n')
    .join('; ')
    .replace(
      /^Unknown arguments?: (.*)$/,
      (_all, names: string) =>
        `unknown: ${names
          .split(', ')
          .map((name) => asTyped(name, args))
          .join(', ')}`,
    )
    .replace(
      /^Not enough arguments following: (\S+)$/,
      (_all, name: string) => `${asTyped(name)} needs a value`,
    )
    .replace(/^Did you mean (.*)\?$/, 'unknown command; did you mean $1');
}

/**
 * yargs takes every value of a flag but `true` for false: `--primary-insecure=1` would be off without a word.
 * @throws UsageError
 */
function checkFlagValues(args: readonly string[]): void {
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
function checkDashes(args: readonly string[]): void {
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

type Handler = (commandLine: Record<string, unknown>) => Promise<void>;

/** Help, or the completion of a command line, is what the options' descriptions are for. */
function isHelpWanted(args: readonly string[]): boolean {
  return args.some((arg) => ['--help', '-h', '--get-yargs-completions'].includes(arg));
}

function addCommand(
  parser: ReturnType<typeof yargs>,
  command: Command,
  showsOptions: boolean,
  handler: Handler,
): void {
  parser.command(
    command.usage,
    command.describe,
    (builder) => {
      builder.options(yargsOptions(command.options, showsOptions));
      // Without a type yargs takes `-`, which stands for standard input, for a flag that is on.
      for (const [, name = '', many] of command.usage.matchAll(/[[<](\w+)(\.\.)?[\]>]/g)) {
        builder.positional(name, { type: 'string' });
        // With one value for certain it takes `-` for that value, and not for the next flag.
        if (many === undefined) builder.nargs(name, 1);
      }
      for (const [line, does] of command.examples) builder.example(`$0 ${line}`, does);
      return builder;
    },
    handler,
  );
}

/** Options for yargs to recognise: no defaults, no types but text and boolean; the meaning is `config/`'s. */
function yargsOptions(options: Options, isShown: boolean) {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      {
        describe: descriptionOf(option),
        group: `${option.group}:`,
        // yargs lays the help out before every command, at the cost of half its start.
        hidden: !isShown,
        type:
          option.kind === 'flag'
            ? ('boolean' as const)
            : option.kind === 'list'
              ? ('array' as const)
              : ('string' as const),
        ...(option.kind === 'list' ? { nargs: 1 } : option.kind === 'flag' ? {} : { requiresArg: true }),
        ...(option.alias !== undefined && { alias: option.alias }),
      },
    ]),
  );
}

function descriptionOf(option: Option): string {
  const choices = option.kind === 'choice' ? `: ${option.choices.join(', ')}` : '';
  const fallback = option.default === undefined ? '' : ` (default: ${option.default})`;
  return `${option.value === undefined ? '' : `${option.value}: `}${option.describe}${choices}${fallback}`;
}
