import yargs from 'yargs';
import type { Option, Options } from '../config/option.ts';
import { UsageError } from '../errors.ts';
import { usageText } from './check-arguments.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { EXIT_MEANINGS } from './exit-codes.ts';
import { packageVersion } from './version.ts';

const PROGRAM = 'geo-registry-audit';
const COMPLETION = ['completion', 'print a completion script for bash or zsh'] as const;

/** What a command line asks for, when it is a command. */
export type Run = (command: Command, commandLine: Record<string, unknown>) => Promise<void>;

/**
 * Reads a command line and runs what it names.
 *
 * @param args without node and the script
 * @param width columns that help is laid out for
 * @returns what yargs itself has to say: help, the version, a completion script; empty when a command ran
 * @throws UsageError for arguments that no command takes, and what the command throws
 */
export async function parseCommandLine(args: readonly string[], width: number, run: Run): Promise<string[]> {
  const helpWanted = args.some((arg) => arg === '--help' || arg === '-h');
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
    .wrap(width)
    .strict()
    .demandCommand(1, `name a command: ${Object.keys(COMMANDS).join(', ')}`)
    .epilogue(`Exit codes:\n${EXIT_MEANINGS.map((line) => `  ${line}`).join('\n')}`)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs throws its own complaints too, under this name.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(usageText(message || error.message, args), { hint: `See ${PROGRAM} --help.` });
    });
  // The command that yargs has of its own prints the script whatever else is said.
  if (helpWanted) {
    parser.command(...COMPLETION, (builder) =>
      builder
        .example('source <($0 completion)', 'for this shell')
        .example('$0 completion >> ~/.bashrc', 'for every later one'),
    );
  } else parser.completion(...COMPLETION);
  // Completing a command line takes the options' descriptions as well.
  const showsOptions = helpWanted || args.includes('--get-yargs-completions');
  for (const command of Object.values(COMMANDS)) {
    addCommand(parser, command, showsOptions, (commandLine) => run(command, commandLine));
  }
  const shown: string[] = [];
  await parser.parseAsync([...args], {}, (_error: unknown, _argv: unknown, text: string) => {
    if (text !== '') shown.push(text);
  });
  return shown.map((text) => `${text}\n`);
}

type Handler = (commandLine: Record<string, unknown>) => Promise<void>;

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
